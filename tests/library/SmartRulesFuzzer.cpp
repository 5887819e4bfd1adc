// Rules as anybody may send them: whatever they are, they are refused with a short message or
// become a question that SQLite understands, with every parameter it needs, and stay the same when
// they are stored.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "library/Database.h"
#include "library/Migrations.h"
#include "library/SmartRules.h"
#include "library/TrackTable.h"

namespace {

using namespace segue::library;

struct Empty {
    Empty()
        : readers(":memory:", Access::ReadWrite, 1), writer(":memory:", Access::ReadWrite, 1),
          access(readers, writer, roots) {
        if (!migrate(**readers.acquire(), libraryMigrations()))
            std::abort();
    }
    const RootSet roots{{1}, "1"};
    ConnectionPool readers, writer;
    DatabaseAccess access;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Empty empty;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto rules = SmartRules::parse(text);
    if (!rules) {
        if (rules.error().message.size() > 1000)
            std::abort();
        return 0;
    }
    const auto tracks = rules->tracks(empty.access, kOnlyUser, 1'700'000'000'000);
    if (!tracks || !tracks->empty())
        std::abort();
    const auto again = SmartRules::parse(rules->json());
    if (!again || again->json() != rules->json())
        std::abort();
    return 0;
}
