// Fuzzes what the cache reads from disk: chunk files and an index, of any bytes, and good ones with
// any edits. The first byte of the input chooses.

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
Bytes edited(Bytes file, std::span<const std::byte> edits) {
    for (; edits.size() >= 4; edits = edits.subspan(4)) {
        const auto where = std::to_integer<std::size_t>(edits[0]) |
                           std::to_integer<std::size_t>(edits[1]) << 8 |
                           std::to_integer<std::size_t>(edits[2]) << 16;
        file[where % file.size()] ^= edits[3];
    }
    return file;
}

Bytes goodPayload() {
    Bytes payload(70'000);
    for (std::size_t i = 0; i < payload.size(); ++i)
        payload[i] = static_cast<std::byte>(i * 31 >> 3);
    return payload;
}

/// Every piece that is served must be right.
void checkPieces(const ChunkBlob& blob, bool whole) {
    const Bytes payload = goodPayload();
    for (const std::int64_t step : {999, 65536, 70'000}) {
        std::size_t at = 0;
        for (const Bytes& piece : readPieces(blob, step)) {
            if (!std::equal(piece.begin(), piece.end(), payload.begin() + at))
                bug("a wrong byte was served");
            if (piece.empty() && whole)
                bug("a good block was refused");
            at += static_cast<std::size_t>(step);
        }
    }
}

void editedFile(std::span<const std::byte> edits) {
    const Bytes good = goodFile(goodPayload());
    const Bytes file = edited(good, edits);
    const auto opened = openBytes(file);
    if (!opened) {
        if (file == good)
            bug("a good file was refused");
        return;
    }
    checkPieces(*opened->blob, file == good);
}

Bytes contentOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

Bytes goodIndex() {
    const test::TempDir temp;
    {
        const auto store = ChunkStore::open({.directory = temp.path(), .minFreeBytes = 0});
        const auto writer = store->create(kKey, Budget::General, {});
        if (!writer->append(goodPayload()) || !writer->publish())
            bug("no store");
    }
    return contentOf(temp.path() / "index.db");
}

/// Whatever lies in the directory, the store opens, serves no wrong byte and works afterwards.
void anyStore(std::span<const std::byte> index, std::span<const std::byte> chunk) {
    const test::TempDir temp;
    const auto put = [&](const std::filesystem::path& path, std::span<const std::byte> bytes) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    };
    put(temp.path() / "index.db", index);
    put(temp.path() / "chunks/01" / kKey.hex(), chunk);
    const auto store = ChunkStore::open({.directory = temp.path(), .minFreeBytes = 0});
    if (const auto blob = store->find(kKey))
        checkPieces(*blob, false);
    {
        const auto writer = store->create(kKey, Budget::General, {});
        if (!writer->append(goodPayload()) || !writer->publish())
            bug("the store does not work any more");
    }
    store->flush();
    const auto blob = store->find(kKey);
    if (!blob)
        bug("a chunk was lost");
    checkPieces(*blob, true);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    spdlog::set_level(spdlog::level::off);
    if (size == 0)
        return 0;
    const auto input = std::as_bytes(std::span(data + 1, size - 1));
    static const Bytes kIndex = goodIndex();
    switch (data[0] % 64) { // a whole store is a thousand times slower than a file
    case 0:
        anyStore(edited(kIndex, input), goodFile(goodPayload()));
        break;
    case 1:
        anyStore(kIndex, edited(goodFile(goodPayload()), input));
        break;
    case 2:
        anyStore(input, {});
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
