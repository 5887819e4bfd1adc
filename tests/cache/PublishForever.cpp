// Publishes chunks into a store until it is killed; tells of every step by one byte on stdout. The
// child of ChunkCrashTest.
//
// usage: cache_publish_forever DIRECTORY FIRST_CHUNK

#include <unistd.h>

#include <cstdlib>

#include "CacheFixture.h"

int main(int argc, char** argv) {
    using namespace segue::cache;
    if (argc != 3)
        return 2;
    const auto store = ChunkStore::open({.directory = argv[1],
                                         .budgetBytes = 3'000'000,
                                         .minFreeBytes = 0,
                                         .flushInterval = std::chrono::milliseconds(1)});
    const auto tell = [] {
        if (::write(STDOUT_FILENO, ".", 1) != 1)
            std::exit(0); // nobody listens any more
    };
    for (std::uint64_t number = std::strtoull(argv[2], nullptr, 10);; ++number) {
        const Bytes payload = payloadOf(keyOf(number), 150'000);
        const auto writer = store->create(keyOf(number), Budget::General, {});
        tell();
        for (std::size_t at = 0; at < payload.size(); at += 50'000) {
            if (!writer->append(std::span(payload).subspan(at, 50'000)))
                return 1;
            tell();
        }
        if (!writer->publish())
            return 1;
        tell();
    }
}
