#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sndfile.h>

#include "processing/types/Audio.h"
#include "tests/support/TempDir.h"

extern char** environ; // NOLINT: of the C library

namespace segue::test {

struct Ended {
    int exitCode = -1;
    std::string out, err;
};

inline std::string contentOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

/// Runs the built program to its end.
inline Ended runSegue(const std::vector<std::string>& arguments) {
    const TempDir dir;
    const std::string out = (dir.path() / "out").string();
    const std::string err = (dir.path() / "err").string();
    std::vector<char*> argv{const_cast<char*>(SEGUE_BINARY)};
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_CREAT | O_WRONLY, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_CREAT | O_WRONLY, 0600);
    pid_t child = 0;
    Ended run;
    EXPECT_EQ(posix_spawn(&child, SEGUE_BINARY, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (waitpid(child, &status, 0) == child && WIFEXITED(status))
        run.exitCode = WEXITSTATUS(status);
    run.out = contentOf(out);
    run.err = contentOf(err);
    return run;
}

/// Writes `audio` with libsndfile. @param format  SF_FORMAT_*
inline void writeAudio(const std::filesystem::path& path, const AudioBuffer& audio,
                       int sampleRateHz, int format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16) {
    SF_INFO info{};
    info.samplerate = sampleRateHz;
    info.channels = audio.numChannels();
    info.format = format;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
    std::vector<float> interleaved;
    for (std::int64_t i = 0; i < audio.numFrames(); ++i)
        for (int c = 0; c < audio.numChannels(); ++c)
            interleaved.push_back(audio.channel(c)[i]);
    EXPECT_EQ(sf_writef_float(file, interleaved.data(), audio.numFrames()), audio.numFrames());
    sf_close(file);
}

} // namespace segue::test
