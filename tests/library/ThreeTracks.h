#pragma once

#include <memory>
#include <string>
#include <vector>

#include "library/Database.h"
#include "library/DatabaseAccess.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library::test {

/// A library of a.wav, b.wav and c.wav, of one second and different content each.
class ThreeTracks : public LibraryTest {
  protected:
    ThreeTracks() {
        int seed = 1;
        for (const char* name : {"a.wav", "b.wav", "c.wav"})
            writeAudio(root / name, seed++, 8000);
        library = open();
        scan(*library);
        a = idOf(*library, root / "a.wav");
        b = idOf(*library, root / "b.wav");
        c = idOf(*library, root / "c.wav");
    }

    /// The steps in which SQLite goes about `sql`.
    std::vector<std::string> planOf(const std::string& sql) const {
        const auto db = Connection::open(database, Access::ReadWrite).value();
        Statement rows = db->prepare("EXPLAIN QUERY PLAN " + sql);
        std::vector<std::string> plan;
        while (rows.step().value())
            plan.push_back(rows.textAt(3));
        return plan;
    }

    std::unique_ptr<Library> library;
    TrackId a = 0, b = 0, c = 0;
};

} // namespace segue::library::test
