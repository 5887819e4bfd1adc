// Finds, checks and publishes chunks of a few keys in a store that others use too, until it is
// killed; tells of every step by one byte on stdout, `X` for a wrong byte. A child of
// ChunkProcessesTest.
//
// usage: cache_hammer_store DIRECTORY SEED BUDGET_BYTES

#include <unistd.h>

#include <cstdlib>

#include <spdlog/spdlog.h>

#include "CacheFixture.h"
#include "HammerStore.h"

int main(int argc, char** argv) {
    using namespace segue::cache;
    if (argc != 4)
        return 2;
    spdlog::set_level(spdlog::level::off);
    const auto store = ChunkStore::open({.directory = argv[1],
                                         .budgetBytes = std::strtoll(argv[3], nullptr, 10),
                                         .firstChunkBudgetBytes = 0,
                                         .minFreeBytes = 0,
                                         .flushInterval = std::chrono::milliseconds(1)});
    const auto tell = [](const char* what) {
        if (::write(STDOUT_FILENO, what, 1) != 1)
            std::exit(0); // nobody listens any more
    };
    std::mt19937_64 random(std::strtoull(argv[2], nullptr, 10));
    for (int published = 0;;) {
        const std::uint64_t number = random() % hammer::kKeys;
        const Bytes expected = payloadOf(keyOf(number), hammer::kPayload);
        if (const auto blob = store->find(keyOf(number))) {
            const std::size_t at = random() % hammer::kPayload;
            Bytes bytes(std::min<std::size_t>(hammer::kPayload - at, 70'000));
            // A file that another process has damaged would be an error; nobody does here.
            const bool right = blob->read(static_cast<std::int64_t>(at), bytes) &&
                               std::equal(bytes.begin(), bytes.end(), expected.begin() + at);
            tell(right ? "." : "X");
            continue;
        }
        const auto writer = store->create(keyOf(number), Budget::General, {});
        if (!writer->append(expected) || !writer->publish())
            return 1;
        tell("+");
        if (++published % hammer::kUnflushed == 0)
            store->flush();
    }
}
