// References as files, and the reading of requests for new ones.
#include "backend/ReferenceStore.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <memory>

#include "backend/ReferenceRequest.h"
#include "tests/cache/FaultyFileSystem.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::backend {
namespace {

using Kept = ReferenceStore::Kept;
using mastering::ReferenceProfile;

class ReferenceStoreTest : public ::testing::Test {
  protected:
    static ReferenceProfile profile(const std::string& name, double loudness = -14.1) {
        ReferenceProfile made;
        made.name = name;
        made.sources = {"a \"title\""};
        made.midDb.fill(-30.0 / 7);
        made.sideDb.fill(-40);
        made.integratedLufs = loudness;
        return made;
    }
    ReferenceStore::Saved save(const ReferenceProfile& made) { return store.save(made).value(); }

    test::TempDir dir;
    const std::filesystem::path folder = dir.path() / "references";
    std::atomic<std::int64_t> nowMs{1'700'000'000'000};
    const std::shared_ptr<cache::FaultyFileSystem> disk =
        std::make_shared<cache::FaultyFileSystem>();
    ReferenceStore store{folder, [this] { return nowMs.load(); }, disk};
};

TEST_F(ReferenceStoreTest, WhatIsSavedIsFoundByTheHashOfItsNumbers) {
    const auto saved = save(profile("rock"));
    EXPECT_EQ(saved.kept, Kept::New);
    EXPECT_EQ(saved.reference.id, mastering::hashOf(profile("other name")).hex());
    ReferenceStore afterRestart(folder);
    for (ReferenceStore* each : {&store, &afterRestart}) {
        const auto found = each->find(saved.reference.id);
        ASSERT_TRUE(found.has_value()) << found.error().message;
        EXPECT_EQ(found->profile->name, "rock");
        EXPECT_EQ(found->profile->sources, profile("rock").sources);
        EXPECT_EQ(found->createdMs, nowMs);
        EXPECT_EQ(mastering::hashOf(*found->profile).hex(), saved.reference.id);
    }
}

TEST_F(ReferenceStoreTest, TheSameNumbersAreOneReferenceWithTheNewName) {
    const auto first = save(profile("rock"));
    nowMs += 1000;
    const auto second = save(profile("hard rock"));
    EXPECT_EQ(second.kept, Kept::Again);
    EXPECT_EQ(second.reference.createdMs, first.reference.createdMs);
    ASSERT_EQ(store.list().references.size(), 1u);
    EXPECT_EQ(store.list().references[0].profile->name, "hard rock");
}

TEST_F(ReferenceStoreTest, TheNewestComesFirst) {
    for (const double loudness : {-10.0, -11.0, -12.0}) {
        save(profile("r", loudness));
        nowMs += 1000;
    }
    std::vector<double> order;
    for (const auto& reference : store.list().references)
        order.push_back(reference.profile->integratedLufs);
    EXPECT_EQ(order, (std::vector{-12.0, -11.0, -10.0}));
}

TEST_F(ReferenceStoreTest, IdsAreHashesAndNothingElse) {
    const std::string id = save(profile("rock")).reference.id;
    std::string upper = id;
    for (char& c : upper)
        c = static_cast<char>(std::toupper(c));
    for (const std::string& bad :
         {std::string(), std::string("../") + id, id + ".json", upper + "F", std::string(32, '0')})
        EXPECT_EQ(test::codeOf(store.find(bad)), ErrorCode::NotFound) << bad;
    EXPECT_EQ(test::codeOf(store.remove("../../etc/passwd")), ErrorCode::NotFound);
    EXPECT_TRUE(store.remove(id).has_value());
    EXPECT_EQ(test::codeOf(store.find(id)), ErrorCode::NotFound);
}

TEST_F(ReferenceStoreTest, ADamagedFileIsToldOfAndCanBeRemoved) {
    const std::string id = save(profile("rock")).reference.id;
    const std::string other(32, 'a');
    std::filesystem::copy_file(folder / (id + ".json"), folder / (other + ".json"));
    std::ofstream(folder / (id + ".json")) << "{}";
    EXPECT_EQ(test::codeOf(store.find(id)), ErrorCode::Corrupt);
    EXPECT_EQ(test::codeOf(store.find(other)), ErrorCode::Corrupt) << "not its numbers";
    EXPECT_EQ(store.list().bad.size(), 2u);
    EXPECT_TRUE(store.remove(id).has_value());
    EXPECT_EQ(store.list().bad.size(), 1u);
}

TEST_F(ReferenceStoreTest, NamesThatNoFileCouldHoldAreRefused) {
    ReferenceProfile many = profile("many");
    many.sources.assign(100, std::string(ReferenceStore::kMostBytes / 100, 'x'));
    EXPECT_EQ(test::codeOf(store.save(many)), ErrorCode::InvalidArgument);
    EXPECT_TRUE(store.list().references.empty());
}

TEST_F(ReferenceStoreTest, AFullDiskIsAnErrorAndLosesNothing) {
    const std::string id = save(profile("rock")).reference.id;
    disk->failFrom(cache::FaultyFileSystem::Op::Write, ENOSPC);
    EXPECT_EQ(test::codeOf(store.save(profile("jazz", -20))), ErrorCode::NoSpace);
    EXPECT_EQ(test::codeOf(store.save(profile("renamed"))), ErrorCode::NoSpace);
    EXPECT_EQ(store.find(id)->profile->name, "rock");
}

std::string errorOf(const std::string& json) {
    const auto parsed = parseReferenceRequest(json);
    if (parsed)
        return "accepted";
    EXPECT_EQ(test::codeOf(parsed), ErrorCode::InvalidArgument);
    return parsed.error().message;
}

TEST(ReferenceRequest, IdsMayBeNumbersOrStrings) {
    const auto parsed = parseReferenceRequest(R"({"name": "x", "trackIds": [3, "4"]})");
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(parsed->name, "x");
    EXPECT_EQ(parsed->trackIds, (std::vector<library::TrackId>{3, 4}));
}

TEST(ReferenceRequest, KeptReferencesAreNamedByTheirIds) {
    const std::string id(32, 'a');
    const auto parsed = parseReferenceRequest(R"({"name": "x", "referenceIds": [")" +
                                              std::string(32, 'A') + R"("]})");
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(parsed->referenceIds, std::vector<std::string>{id});
    EXPECT_TRUE(parsed->trackIds.empty());
}

TEST(ReferenceRequest, EverythingElseIsRefusedByName) {
    for (const char* bad : {"", "[]", "null", "{", "\xff", "{\"name\": \"\xff\"}"})
        EXPECT_EQ(errorOf(bad), "reference: not a JSON object") << bad;
    for (const char* bad :
         {"[]", "[1,1]", "[1,\"1\"]", "1", "[0]", "[-1]", "[1.5]", "[true]", "[\"x\"]",
          "[99999999999999999999]", "null", "[[1]]", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]"})
        EXPECT_EQ(errorOf(std::string(R"({"name": "x", "trackIds": )") + bad + "}")
                      .find("reference: 'trackIds' must be a list of 1 to 16 track ids"),
                  0u)
            << bad;
    for (const std::string& bad : {std::string("1"), std::string("\"\""), std::string("null"),
                                   '"' + std::string(201, 'x') + '"'})
        EXPECT_EQ(errorOf(R"({"trackIds": [1], "name": )" + bad + "}"),
                  "reference: 'name' must be a text of 1 to 200 bytes");
    EXPECT_EQ(errorOf(R"({"name": "x"})"), "reference: 'trackIds' or 'referenceIds' must be given");
    EXPECT_EQ(errorOf(R"({"trackIds": [1]})"), "reference: 'name' must be given");
    EXPECT_EQ(errorOf(R"({"name": "x", "trackIds": [1], "tracks": []})"),
              "reference: unknown member 'tracks'; there are name, trackIds, referenceIds");
    const std::string id = '"' + std::string(32, 'a') + '"';
    for (const std::string& bad : {std::string("[]"), id, std::string("[1]"),
                                   std::string("[\"x\"]"), "[" + id + "," + id + "]"})
        EXPECT_EQ(errorOf(R"({"name": "x", "referenceIds": )" + bad + "}")
                      .find("reference: 'referenceIds' must be a list of 1 to 16 reference ids"),
                  0u)
            << bad;
    EXPECT_EQ(errorOf(R"({"name": "x", "name": "y", "trackIds": [1]})"),
              "reference: 'name' is given twice");
}

} // namespace
} // namespace segue::backend
