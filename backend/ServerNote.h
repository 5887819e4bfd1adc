#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "backend/StreamParameters.h"

namespace segue::backend {

/// What a server leaves in its data folder for commands: where it listens, and what its streams get
/// that ask for nothing else. It stays when the server has stopped.
struct ServerNote {
    std::string address; ///< "http://127.0.0.1:8080"; empty while it does not listen yet
    StreamDefaults defaults;
};

/// What a client on this machine calls a server that listens there.
std::string addressOf(const std::string& host, int port);

/// Whole or not at all; a folder that cannot be written is told in the log.
void writeServerNote(const std::filesystem::path& file, const ServerNote& note);
/// Nothing when there is none, or none that can be read.
std::optional<ServerNote> readServerNote(const std::filesystem::path& file);
std::optional<ServerNote> parseServerNote(const std::string& text);

} // namespace segue::backend
