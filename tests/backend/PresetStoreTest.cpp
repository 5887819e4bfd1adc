// Listeners' presets as files: what is saved, edited by hand, dropped in, broken, or written by two
// at once; and what a disk does that is full or read-only.
#include "backend/PresetStore.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "tests/cache/FaultyFileSystem.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::backend {
namespace {

using cache::FaultyFileSystem;
using mastering::Preset;
using IfThere = PresetStore::IfThere;
using Saved = PresetStore::Saved;
using Op = FaultyFileSystem::Op;

class PresetStoreTest : public ::testing::Test {
  protected:
    static Preset preset(const std::string& name, double targetLufs = -15) {
        Preset made;
        made.name = name;
        made.intent = "for tests";
        made.targetLufs = targetLufs;
        return made;
    }
    void writeFile(const std::string& file, const std::string& text) {
        std::filesystem::create_directories(folder);
        std::ofstream(folder / file) << text;
    }
    Saved save(const Preset& made, IfThere ifThere = IfThere::Keep) {
        return store.save(made, ifThere).value();
    }

    test::TempDir dir;
    const std::filesystem::path folder = dir.path() / "presets";
    const std::shared_ptr<FaultyFileSystem> disk = std::make_shared<FaultyFileSystem>();
    PresetStore store{folder, disk};
};

TEST_F(PresetStoreTest, WhatIsSavedIsFoundAlsoAfterARestart) {
    EXPECT_EQ(save(preset("night")), Saved::Created);
    EXPECT_EQ(store.find("night").value(), preset("night"));
    EXPECT_EQ(PresetStore(folder).find("night").value(), preset("night"));
    EXPECT_EQ(store.list().own, std::vector{preset("night")});
    EXPECT_TRUE(store.list().bad.empty());
}

TEST_F(PresetStoreTest, OneThatIsThereIsReplacedOnlyOnPurpose) {
    save(preset("night"));
    EXPECT_EQ(save(preset("night", -12)), Saved::NameTaken);
    EXPECT_EQ(store.find("night")->targetLufs, -15);
    EXPECT_EQ(save(preset("night", -12), IfThere::Replace), Saved::Replaced);
    EXPECT_EQ(store.find("night")->targetLufs, -12);
    EXPECT_EQ(save(preset("new"), IfThere::Replace), Saved::Created);
}

TEST_F(PresetStoreTest, BuiltInOnesStayAsTheyAre) {
    EXPECT_EQ(store.find("warm").value(), *mastering::findBuiltInPreset("warm"));
    EXPECT_EQ(save(preset("warm"), IfThere::Replace), Saved::BuiltIn);
    writeFile("warm.json", "{}");
    EXPECT_EQ(store.find("warm").value(), *mastering::findBuiltInPreset("warm"));
    ASSERT_EQ(store.list().bad.size(), 1u);
    EXPECT_EQ(store.list().bad[0].file, "warm.json");
}

TEST_F(PresetStoreTest, AnUnknownNameSaysWhatThereIs) {
    save(preset("night"));
    const auto unknown = store.find("loud");
    EXPECT_EQ(test::codeOf(unknown), ErrorCode::NotFound);
    EXPECT_EQ(unknown.error().message, "'loud' is none of adaptive, gentle, warm, bright, punchy, "
                                       "live, nor of the 1 of your own");
    for (const char* path : {"../night", "presets/night", "", ".", "night.json"})
        EXPECT_EQ(test::codeOf(store.find(path)), ErrorCode::NotFound) << path;
    EXPECT_LT(store.find(std::string(100'000, 'x')).error().message.size(), 300u);
}

TEST_F(PresetStoreTest, FilesMayBeDroppedInEditedAndTakenOut) {
    writeFile("mine.json", R"({"name": "other", "targetLufs": -10})");
    EXPECT_EQ(store.find("mine")->targetLufs, -10);
    EXPECT_EQ(store.find("mine")->name, "mine") << "the file's name counts";
    writeFile("mine.json", R"({"targetLufs": -11.5})");
    EXPECT_EQ(store.find("mine")->targetLufs, -11.5);
    std::filesystem::remove(folder / "mine.json");
    EXPECT_EQ(test::codeOf(store.find("mine")), ErrorCode::NotFound);
    EXPECT_TRUE(store.list().own.empty());
}

TEST_F(PresetStoreTest, BrokenFilesAreToldOfAndHarmNobody) {
    save(preset("good"));
    writeFile("loud.json", R"({"targetLufs": 0})");
    writeFile("torn.json", R"({"targetLufs": -)");
    writeFile("Capital.json", "{}");
    writeFile("huge.json", std::string(PresetStore::kMostBytes + 1, ' '));
    writeFile("notes.txt", "not a preset");
    writeFile(".hidden.json", "junk");
    ::mkfifo((folder / "pipe.json").c_str(), 0600);
    const auto listing = store.list();
    EXPECT_EQ(listing.own, std::vector{preset("good")});
    std::vector<std::string> files;
    for (const auto& bad : listing.bad) {
        files.push_back(bad.file);
        EXPECT_FALSE(bad.reason.empty());
    }
    EXPECT_EQ(files, (std::vector<std::string>{"Capital.json", "huge.json", "loud.json",
                                               "pipe.json", "torn.json"}));
    const auto loud = store.find("loud");
    EXPECT_EQ(test::codeOf(loud), ErrorCode::Corrupt);
    EXPECT_NE(loud.error().message.find("'targetLufs' must be"), std::string::npos);
    EXPECT_EQ(save(preset("loud"), IfThere::Replace), Saved::Replaced) << "and so it is mended";
    EXPECT_TRUE(store.find("loud").has_value());
}

TEST_F(PresetStoreTest, ThereIsAnEndToTheirNumber) {
    for (std::size_t i = 0; i < PresetStore::kMostPresets; ++i)
        writeFile("p" + std::to_string(i) + ".json", "{}");
    EXPECT_EQ(store.list().own.size(), PresetStore::kMostPresets);
    EXPECT_EQ(save(preset("more")), Saved::TooMany);
    EXPECT_EQ(save(preset("p7"), IfThere::Replace), Saved::Replaced);
    ASSERT_TRUE(store.remove("p7").has_value());
    EXPECT_EQ(save(preset("more")), Saved::Created);
    writeFile("zzz.json", "{}");
    EXPECT_EQ(store.list().own.size(), PresetStore::kMostPresets);
    ASSERT_EQ(store.list().bad.size(), 1u);
    EXPECT_EQ(store.list().bad[0].file, "zzz.json");
}

TEST_F(PresetStoreTest, OfTwoWhoCreateOneIsFirst) {
    for (int round = 0; round < 20; ++round) {
        const std::string name = "p" + std::to_string(round);
        std::vector<Saved> outcomes(2);
        std::vector<std::thread> writers;
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            writers.emplace_back(
                [&, i] { outcomes[i] = save(preset(name, -10 - static_cast<double>(i))); });
        for (std::thread& writer : writers)
            writer.join();
        ASSERT_NE(outcomes[0], outcomes[1]);
        const std::size_t winner = outcomes[0] == Saved::Created ? 0 : 1;
        EXPECT_EQ(outcomes[winner], Saved::Created);
        EXPECT_EQ(store.find(name)->targetLufs, -10 - static_cast<double>(winner));
    }
}

TEST_F(PresetStoreTest, ReadersSeeWholePresetsWhileTheyAreReplaced) {
    save(preset("night", -10));
    std::atomic<bool> done{false};
    std::vector<std::thread> writers;
    for (int i = 0; i < 2; ++i)
        writers.emplace_back([&, i] {
            for (int n = 0; n < 50; ++n)
                save(preset("night", -10 - i), IfThere::Replace);
        });
    std::thread reader([&] {
        while (!done) {
            const auto found = store.find("night");
            ASSERT_TRUE(found.has_value()) << found.error().message;
            EXPECT_EQ(store.list().own.size(), 1u);
        }
    });
    for (std::thread& writer : writers)
        writer.join();
    done = true;
    reader.join();
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1)
        << "nothing is left of the writing";
}

TEST_F(PresetStoreTest, ADiskThatRefusesLeavesWhatWasThere) {
    save(preset("night"));
    const struct {
        Op op;
        int error;
        ErrorCode code;
    } faults[] = {
        {Op::Write, ENOSPC, ErrorCode::NoSpace}, {Op::Write, EDQUOT, ErrorCode::NoSpace},
        {Op::Open, EROFS, ErrorCode::Io},        {Op::Sync, EIO, ErrorCode::Io},
        {Op::Rename, EACCES, ErrorCode::Io},     {Op::MakeDirectory, EROFS, ErrorCode::Io}};
    for (const auto& fault : faults) {
        disk->failFrom(fault.op, fault.error);
        for (const char* name : {"night", "new"}) {
            const auto saved = store.save(preset(name, -12), IfThere::Replace);
            EXPECT_EQ(test::codeOf(saved), fault.code);
            EXPECT_NE(saved.error().message.find("presets"), std::string::npos);
        }
        disk->heal(fault.op);
        EXPECT_EQ(store.find("night").value(), preset("night"));
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
    }
    disk->failFrom(Op::Remove, EROFS);
    EXPECT_EQ(test::codeOf(store.remove("night")), ErrorCode::Io);
    disk->heal(Op::Remove);
    EXPECT_TRUE(store.remove("night").has_value());
    EXPECT_EQ(test::codeOf(store.remove("night")), ErrorCode::NotFound);
}

TEST_F(PresetStoreTest, AFolderThatIsNoneIsToldOf) {
    std::ofstream(folder) << "a file where the folder should be";
    EXPECT_EQ(store.list().bad.size(), 1u);
    EXPECT_TRUE(store.find("adaptive").has_value());
    EXPECT_EQ(test::codeOf(store.save(preset("night"), IfThere::Keep)), ErrorCode::Io);
}

} // namespace
} // namespace segue::backend
