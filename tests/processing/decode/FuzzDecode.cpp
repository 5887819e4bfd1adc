// Any bytes as a file: open, read, seek. Finite values, positions that agree, no crash, no hang.

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "processing/decode/AudioSource.h"
#include "processing/types/UniqueFd.h"
#include "tests/processing/decode/TestFiles.h"

using namespace segue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4)
        return 0;
    std::vector<std::uint8_t> bytes(data, data + size);
    // With right checksums the mutations reach what lies behind them.
    decode::test::mendOggChecksums(bytes);
    const UniqueFd fd(::memfd_create("fuzz", MFD_CLOEXEC));
    if (::write(fd.get(), bytes.data(), size) != static_cast<ssize_t>(size))
        return 0;
    auto source = decode::openSource("/proc/self/fd/" + std::to_string(fd.get()));
    if (!source)
        return 0;
    const auto& info = (*source)->info();
    AudioBuffer buffer(info.numChannels, 3000);
    const auto readSome = [&](int numBlocks) {
        for (int i = 0; i < numBlocks; ++i) {
            const auto got = (*source)->read(buffer.block());
            if (!got || *got == 0)
                return;
            if (*got < 0 || *got > buffer.numFrames())
                std::abort();
            for (int c = 0; c < info.numChannels; ++c)
                for (std::int64_t n = 0; n < *got; ++n)
                    if (!(std::fabs(buffer.channel(c)[n]) <= 1e4f))
                        std::abort();
        }
    };
    readSome(60);
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t frame =
            info.numFrames > 0 ? info.numFrames / 255 * data[size / 2 + i % 2] : 0;
        if ((*source)->seek(frame))
            readSome(4);
    }
    if ((*source)->seek(info.numFrames))
        readSome(1);
    return 0;
}
