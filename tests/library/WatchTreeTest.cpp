// Watches by path, and what becomes of them when folders are renamed.
#include "library/WatchTree.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>

namespace segue::library {
namespace {

using ::testing::UnorderedElementsAre;

class WatchTreeTest : public ::testing::Test {
  protected:
    WatchTreeTest() {
        int watch = 0;
        for (const char* path : {"/m", "/m/a", "/m/a/1", "/m/a b", "/m/b"})
            tree.put(++watch, path);
    }
    std::string path(int watch) const { return tree.pathOf(watch).value_or("none"); }

    WatchTree tree;
};

TEST_F(WatchTreeTest, AFolderMovesWithAllBelowItAndNothingElse) {
    tree.move("/m/a", "/m/b/new");
    EXPECT_EQ(path(2), "/m/b/new");
    EXPECT_EQ(path(3), "/m/b/new/1");
    EXPECT_EQ(path(4), "/m/a b");
    EXPECT_FALSE(tree.contains("/m/a/1"));
    EXPECT_EQ(tree.size(), 5u);
}

TEST_F(WatchTreeTest, WhatIsMovedTakesThePlaceOfWhatWasThere) {
    tree.move("/m/a", "/m/b");
    EXPECT_EQ(path(2), "/m/b");
    EXPECT_EQ(path(5), "none");
    EXPECT_EQ(tree.size(), 4u);
}

TEST_F(WatchTreeTest, TakingGivesTheWatchesBelow) {
    EXPECT_THAT(tree.take("/m/a"), UnorderedElementsAre(2, 3));
    EXPECT_EQ(path(3), "none");
    EXPECT_EQ(path(4), "/m/a b");
    EXPECT_THAT(tree.take("/m/a"), UnorderedElementsAre());
}

TEST_F(WatchTreeTest, ANewWatchTakesAPathAndAPathANewWatch) {
    tree.put(9, "/m/a"); // made anew
    EXPECT_EQ(path(2), "none");
    tree.drop(2); // its end is heard of late
    EXPECT_EQ(path(9), "/m/a");
    tree.put(9, "/m/c");
    EXPECT_FALSE(tree.contains("/m/a"));
    EXPECT_EQ(path(9), "/m/c");
}

TEST_F(WatchTreeTest, TheRootOfAllHasEverythingBelowIt) {
    tree.put(7, "/");
    EXPECT_EQ(tree.take("/").size(), 6u);
    EXPECT_EQ(tree.size(), 0u);
}

} // namespace
} // namespace segue::library
