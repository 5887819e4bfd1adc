// openapi.json against what the server says: every GET that answers JSON is asked, over a library
// in which there is something of everything, and each answer must be what its schema describes.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>

#include "backend/StatusRoutes.h"
#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

using Json = nlohmann::json;

/// Holds values against schemas of the document: types, what must be there, and nothing else than
/// what is described.
class Schemas {
  public:
    explicit Schemas(const Json& document) : document_(document) {}

    const Json& resolved(const Json& schema) const {
        if (!schema.contains("$ref"))
            return schema;
        return resolved(document_.at(
            Json::json_pointer(schema["$ref"].get_ref<const std::string&>().substr(1))));
    }

    /// @return what is wrong, a line each
    std::string check(const Json& value, const Json& given, const std::string& where) const {
        const Json& schema = resolved(given);
        if (schema.contains("oneOf"))
            return checkOneOf(value, schema["oneOf"], where);
        std::string wrong = checkType(value, schema, where);
        if (value.is_null() || !wrong.empty())
            return wrong;
        if (value.is_array() && schema.contains("items"))
            for (std::size_t i = 0; i < value.size(); ++i)
                wrong += check(value[i], schema["items"], where + "[" + std::to_string(i) + "]");
        if (value.is_object())
            wrong += checkObject(value, schema, where);
        return wrong;
    }

  private:
    static bool isOf(const Json& value, const std::string& type) {
        return type == "null"      ? value.is_null()
               : type == "string"  ? value.is_string()
               : type == "boolean" ? value.is_boolean()
               : type == "integer" ? value.is_number_integer()
               : type == "number"  ? value.is_number()
               : type == "array"   ? value.is_array()
                                   : value.is_object();
    }

    std::string checkOneOf(const Json& value, const Json& parts, const std::string& where) const {
        std::string wrong;
        for (const Json& part : parts) {
            const std::string here = check(value, part, where);
            if (here.empty())
                return {};
            wrong += here;
        }
        return wrong;
    }

    static std::string checkType(const Json& value, const Json& schema, const std::string& where) {
        if (schema.contains("enum") &&
            std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
            return where + ": " + value.dump() + " is none of the enum\n";
        if (!schema.contains("type"))
            return {};
        const Json types =
            schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
        for (const Json& type : types)
            if (isOf(value, type))
                return {};
        return where + ": " + value.dump().substr(0, 60) + " is not of type " + types.dump() + "\n";
    }

    /// All that the schema and its parts describe.
    void collect(const Json& given, std::map<std::string, Json>& properties,
                 std::set<std::string>& required) const {
        const Json& schema = resolved(given);
        for (const Json& part : schema.value("allOf", Json::array()))
            collect(part, properties, required);
        const Json described = schema.value("properties", Json::object());
        for (const auto& [name, property] : described.items())
            properties[name] = property;
        const Json names = schema.value("required", Json::array());
        for (const Json& name : names)
            required.insert(name);
    }

    std::string checkObject(const Json& value, const Json& schema, const std::string& where) const {
        std::map<std::string, Json> properties;
        std::set<std::string> required;
        collect(schema, properties, required);
        std::string wrong;
        for (const std::string& name : required)
            if (!value.contains(name))
                wrong += where + "." + name + ": required and not there\n";
        const Json further = schema.value("additionalProperties", Json(false));
        for (const auto& [name, member] : value.items()) {
            const std::string place = where + "." + name;
            if (const auto known = properties.find(name); known != properties.end())
                wrong += check(member, known->second, place);
            else if (further.is_object())
                wrong += check(member, further, place);
            else if (further != true)
                wrong += place + ": not described\n";
        }
        return wrong;
    }

    const Json& document_;
};

class ApiDescriptionTest : public test::ApplicationFixture {
  protected:
    Json made(const std::string& target, const Json& body) const {
        const auto response = send("POST", target, body.dump());
        EXPECT_LT(response.status, 300) << target << ": " << response.body;
        return Json::parse(response.body);
    }
    void put(const std::string& target, const Json& body) const {
        const auto response = send("PUT", target, body.dump());
        EXPECT_LT(response.status, 300) << target << ": " << response.body;
    }

    /// Something of everything that is told of. @return what path parameters stand for
    std::map<std::string, std::string> fill() const {
        const std::string track = "/api/tracks/" + long_;
        put(track + "/star", Json::object());
        put(track + "/rating", {{"rating", 4}});
        put(track + "/bookmark", {{"positionSeconds", 3.5}, {"comment", "here"}});
        put("/api/queue", {{"trackIds", {long_, short_}}, {"currentIndex", 1}});
        made("/api/plays", {{"trackId", long_}, {"secondsHeard", 60}, {"startedAtMs", 1}});
        made("/api/presets", {{"name", "night"}});
        made("/api/playlists",
             {{"name", "by rule"},
              {"rules", {{"match", {{"field", "rating"}, {"operator", "gt"}, {"value", 3}}}}}});
        const Json playlist =
            made("/api/playlists", {{"name", "mine"}, {"trackIds", {long_, short_}}});
        const Json reference =
            made("/api/references", {{"name", "like long"}, {"trackIds", {long_}}});
        const Json prewarm = made("/api/prewarm", {{"select", "all"}});
        const Json enhancement = made("/api/enhance", {{"select", "all"}, {"intensity", 0.5}});
        const Json session = made("/api/player/sessions", {{"trackId", long_}});
        std::ofstream(music() / "long.lrc") << "[00:01.00]one\n[00:02.00]two\n";
        EXPECT_EQ(fetch(stream(long_)).status, 200) << "something in the cache";
        return {{"track_id", long_},
                {"name", "night"},
                {"album_id", firstOf("albums")},
                {"artist_id", firstOf("artists")},
                {"playlist_id", playlist["id"]},
                {"reference_id", reference["id"]},
                {"prewarm_id", prewarm["id"]},
                {"enhance_id", enhancement["id"]},
                {"session_id", session["id"]}};
    }
    std::string firstOf(const std::string& kind) const {
        const Json page = json("/api/" + kind);
        return page[kind].empty() ? "" : page[kind][0]["id"].get<std::string>();
    }

    /// @return nothing where something that the path names is not there
    static std::string filled(std::string path,
                              const std::map<std::string, std::string>& parameters) {
        for (const auto& [name, value] : parameters)
            if (const auto at = path.find("{" + name + "}"); at != std::string::npos) {
                if (value.empty())
                    return {};
                path.replace(at, name.size() + 2, value);
            }
        return path;
    }
};

TEST_F(ApiDescriptionTest, EveryAnswerIsAsItsSchemaDescribesIt) {
    start();
    const Json document = Json::parse(openApiDocument());
    const Schemas schemas(document);
    const auto parameters = fill();
    const std::map<std::string, std::string> queries{{"/api/search", "?q=lo"},
                                                     {"/api/radio", "?track=" + long_}};
    ASSERT_TRUE(test::eventually(
        [&] { return json("/api/tracks/" + long_ + "/analysis")["coverage"] == "full"; }));
    ASSERT_TRUE(test::eventually([&] {
        return json("/api/enhance/" + parameters.at("enhance_id"))["progress"]["state"] == "done";
    }));
    int asked = 0;
    for (const auto& [path, item] : document["paths"].items()) {
        if (!item.contains("get") || path == "/api/openapi.json")
            continue;
        const Json& responses = item["get"]["responses"];
        const Json content = responses["200"].value("content", Json::object());
        const std::string target = filled(path, parameters);
        if (!content.contains("application/json") || target.empty())
            continue;
        const std::string query = queries.contains(path) ? queries.at(path) : "";
        const auto response = fetch(target + query);
        ASSERT_EQ(response.status, 200) << target << ": " << response.body;
        const Json& schema = content["application/json"]["schema"];
        EXPECT_EQ(schemas.check(Json::parse(response.body), schema, path), "");
        // A tag is described by the answer to who has it.
        EXPECT_EQ(!response.header("etag").empty(), responses.contains("304")) << path;
        ++asked;
    }
    EXPECT_GT(asked, 30);
}

TEST_F(ApiDescriptionTest, EveryChangeMayBeRefusedToAForeignPage) {
    start();
    const Json document = Json::parse(openApiDocument());
    for (const auto& [path, item] : document["paths"].items())
        for (const auto& [method, operation] : item.items())
            if (method != "get") {
                EXPECT_TRUE(operation["responses"].contains("403")) << method << " " << path;
                std::string name = method;
                for (char& c : name)
                    c = static_cast<char>(std::toupper(c));
                expectProblem(send(name, path, "", "", "Origin: http://elsewhere.example\r\n"), 403,
                              "foreign-origin");
            }
}

TEST_F(ApiDescriptionTest, WhatIsNotDescribedIsFound) {
    const Json document = Json::parse(R"({"components": {"schemas": {"Base": {"type": "object",
        "properties": {"id": {"type": "string"}}, "required": ["id"]}}}})");
    const Schemas schemas(document);
    const Json schema = Json::parse(R"({"allOf": [{"$ref": "#/components/schemas/Base"},
        {"properties": {"next": {"type": ["string", "null"]},
                        "list": {"type": "array", "items": {"type": "number"}}}}]})");
    const auto wrong = [&](const char* value) {
        return schemas.check(Json::parse(value), schema, "answer");
    };
    EXPECT_EQ(wrong(R"({"id": "1", "next": null, "list": [1, 2.5]})"), "");
    EXPECT_EQ(wrong(R"({"next": null})"), "answer.id: required and not there\n");
    EXPECT_EQ(wrong(R"({"id": "1", "more": 1})"), "answer.more: not described\n");
    EXPECT_NE(wrong(R"({"id": 1})"), "");
    EXPECT_NE(wrong(R"({"id": "1", "list": ["x"]})"), "");
}

} // namespace
} // namespace segue::backend
