// The note that a server leaves for commands. Written at its start, on the main thread; commands
// read it. The JSON library is used without exceptions.
#include "backend/ServerNote.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;

std::optional<double> numberIn(const Json& json, const char* name) {
    const auto it = json.find(name);
    if (it == json.end() || !it->is_number() || !std::isfinite(it->get<double>()))
        return std::nullopt;
    return it->get<double>();
}

std::string textIn(const Json& json, const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

} // namespace

std::string addressOf(const std::string& host, int port) {
    std::string shown = host;
    if (host == "0.0.0.0" || host == "::")
        shown = "127.0.0.1";
    else if (host.find(':') != std::string::npos)
        shown = "[" + host + "]";
    return "http://" + shown + ":" + std::to_string(port);
}

void writeServerNote(const std::filesystem::path& file, const ServerNote& note) {
    Json json{{"address", note.address}, {"preset", note.defaults.preset}};
    if (note.defaults.targetLufs)
        json["targetLufs"] = *note.defaults.targetLufs;
    if (note.defaults.ceilingDbtp)
        json["ceilingDbtp"] = *note.defaults.ceilingDbtp;
    const std::filesystem::path temporary = file.native() + ".new";
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    out.close();
    std::error_code error;
    if (out)
        std::filesystem::rename(temporary, file, error);
    if (!out || error)
        spdlog::warn("'{}' cannot be written; commands do not find this server", file.string());
}

std::optional<ServerNote> parseServerNote(const std::string& text) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        return std::nullopt;
    ServerNote note;
    note.address = textIn(json, "address");
    if (std::string preset = textIn(json, "preset"); !preset.empty())
        note.defaults.preset = std::move(preset);
    note.defaults.targetLufs = numberIn(json, "targetLufs");
    note.defaults.ceilingDbtp = numberIn(json, "ceilingDbtp");
    return note;
}

std::optional<ServerNote> readServerNote(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return std::nullopt;
    return parseServerNote({std::istreambuf_iterator<char>(in), {}});
}

} // namespace segue::backend
