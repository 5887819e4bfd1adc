// Fuzzes what the cache reads from disk: a chunk file of any bytes, a good chunk file with any
// edits, an index of any bytes.
// The first byte of the input chooses.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <span>
#include <vector>

#include <spdlog/spdlog.h>

#include "cache/ChunkStore.h"
#include "cache/FileBlob.h"
#include "tests/support/TempDir.h"

namespace {

using namespace segue;
using namespace segue::cache;
using Bytes = std::vector<std::byte>;

constexpr ChunkKey kKey{0x0123456789abcdef, 0xfedcba9876543210};

[[noreturn]] void bug(const char* what) {
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

Result<FileBlob::Opened> openBytes(std::span<const std::byte> bytes) {
    static const auto fs = FileSystem::real();
    UniqueFd file(fs->createMemory());
    if (writeFully(*fs, file.get(), bytes, 0) != 0)
        bug("no memory");
    return FileBlob::open(fs, std::make_shared<BlockCache>(), kKey, std::move(file));
}

/// @return nothing where the blob refused
std::vector<Bytes> readPieces(const ChunkBlob& blob, std::int64_t step) {
    std::vector<Bytes> pieces;
    for (std::int64_t at = 0; at < blob.watermark(); at += step) {
        Bytes piece(static_cast<std::size_t>(std::min(step, blob.watermark() - at)));
        if (!blob.read(at, piece))
            piece.clear();
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

Bytes goodFile(std::span<const std::byte> payload) {
    const HeaderBytes header =
        encodeHeader({.key = kKey, .payloadBytes = static_cast<std::int64_t>(payload.size())});
    BlockHashes hashes;
    for (std::size_t at = 0; at < payload.size(); at += kBlockBytes)
        hashes.push_back(
            hash64(payload.subspan(at, std::min<std::size_t>(kBlockBytes, payload.size() - at))));
    Bytes file(header.begin(), header.end());
    file.insert(file.end(), payload.begin(), payload.end());
    const auto footer = encodeFooter(header, hashes);
    file.insert(file.end(), footer.begin(), footer.end());
    return file;
}

void anyFile(std::span<const std::byte> input) {
    if (const auto opened = openBytes(input)) {
        (void)readPieces(*opened->blob, 1000);
        (void)readPieces(*opened->blob, 200'000);
    }
}

/// Each edit is four bytes: where (24 bits), and what to XOR.
void editedFile(std::span<const std::byte> edits) {
    Bytes payload(70'000);
    for (std::size_t i = 0; i < payload.size(); ++i)
        payload[i] = static_cast<std::byte>(i * 31 >> 3);
    Bytes file = goodFile(payload);
    const Bytes good = file;
    for (; edits.size() >= 4; edits = edits.subspan(4)) {
        const auto where = std::to_integer<std::size_t>(edits[0]) |
                           std::to_integer<std::size_t>(edits[1]) << 8 |
                           std::to_integer<std::size_t>(edits[2]) << 16;
        file[where % file.size()] ^= edits[3];
    }
    const auto opened = openBytes(file);
    if (!opened) {
        if (file == good)
            bug("a good file was refused");
        return;
    }
    for (const std::int64_t step : {999, 65536, 70'000}) {
        std::size_t at = 0;
        for (const Bytes& piece : readPieces(*opened->blob, step)) {
            if (!std::equal(piece.begin(), piece.end(), payload.begin() + at))
                bug("a wrong byte was served");
            if (piece.empty() && file == good)
                bug("a good block was refused");
            at += static_cast<std::size_t>(step);
        }
    }
}

void anyStore(std::span<const std::byte> input, const char* name) {
    const test::TempDir temp;
    const std::filesystem::path path = temp.path() / name;
    std::filesystem::create_directories(path.parent_path());
    {
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(input.data()),
                   static_cast<std::streamsize>(input.size()));
    }
    const auto store = ChunkStore::open({.directory = temp.path(), .minFreeBytes = 0});
    if (const auto blob = store->find(kKey))
        (void)readPieces(*blob, 10'000);
    const auto writer = store->create(kKey, Budget::General);
    if (!writer->append(input) || !writer->publish())
        bug("the store does not work any more");
    store->flush();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    spdlog::set_level(spdlog::level::off);
    if (size == 0)
        return 0;
    const auto input = std::as_bytes(std::span(data + 1, size - 1));
    switch (data[0] % 32) { // a whole store is a thousand times slower
    case 0:
        anyStore(input, "index.db");
        break;
    case 1:
        anyStore(input, "chunks/01/0123456789abcdeffedcba9876543210");
        break;
    default:
        if (data[0] % 2 == 0)
            anyFile(input);
        else
            editedFile(input);
        break;
    }
    return 0;
}
