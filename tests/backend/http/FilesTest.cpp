// FileResource and StaticFiles over a real socket and real folders.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "backend/http/FileResource.h"
#include "backend/http/MimeType.h"
#include "backend/http/StaticFiles.h"
#include "tests/backend/http/TestServer.h"
#include "tests/support/TempDir.h"

namespace segue::http {
namespace {

namespace fs = std::filesystem;
using test::get;
using test::patternBytes;
using test::RawClient;
using test::requestOf;
using test::TempDir;
using test::TestServer;

void writeFile(const fs::path& path, const std::string& bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
}

class FileResourceTest : public ::testing::Test {
  protected:
    FileResourceTest()
        : path_(dir_.path() / "a.flac"), server_({}, [this](HttpServer& server) {
              server.route(
                  "GET", "/file", [this](const RequestContext& ctx, httplib::Response& res) {
                      serveFile(ctx, res, path_, std::string(mimeTypeOfName(path_.string())),
                                expected_ ? &*expected_ : nullptr);
                  });
          }) {}

    TempDir dir_;
    fs::path path_;
    std::optional<FileStamp> expected_;
    TestServer server_;
};

TEST_F(FileResourceTest, ServesTheFileAsItIsWithRanges) {
    writeFile(path_, patternBytes(0, 300'000));
    const auto whole = server_.request(get("/file"));
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.header("content-type"), "audio/flac");
    EXPECT_EQ(whole.body, patternBytes(0, 300'000));
    const auto part = server_.request(
        get("/file", "Range: bytes=-100000\r\nIf-Range: " + whole.header("etag") + "\r\n"));
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, patternBytes(200'000, 100'000));
    EXPECT_EQ(
        server_.request(get("/file", "If-None-Match: " + whole.header("etag") + "\r\n")).status,
        304);
}

TEST_F(FileResourceTest, EditedFileHasAnotherTag) {
    writeFile(path_, "first");
    const auto before = server_.request(get("/file"));
    writeFile(path_, "other"); // the same length
    const auto after = server_.request(get("/file"));
    EXPECT_NE(before.header("etag"), after.header("etag"));
    EXPECT_EQ(after.body, "other");
}

TEST_F(FileResourceTest, FileThatIsNotTheExpectedOneIs409) {
    writeFile(path_, "first");
    expected_ = *stampOf(path_);
    EXPECT_EQ(server_.request(get("/file")).status, 200);
    writeFile(path_, "second");
    EXPECT_EQ(server_.request(get("/file")).status, 409);
}

TEST_F(FileResourceTest, WhatIsNoReadableFileIsAProblem) {
    EXPECT_EQ(server_.request(get("/file")).status, 404);
    fs::create_directory(path_);
    EXPECT_EQ(server_.request(get("/file")).status, 415);
    fs::remove(path_);
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_EQ(server_.request(get("/file")).status, 415);
    fs::remove(path_);
    fs::create_symlink(path_, path_); // a loop
    EXPECT_EQ(server_.request(get("/file")).status, 500);
    fs::remove(path_);
    writeFile(path_, "");
    const auto empty = server_.request(get("/file"));
    EXPECT_EQ(empty.status, 200);
    EXPECT_EQ(empty.header("content-length"), "0");
}

TEST_F(FileResourceTest, FileThatIsCutOrEditedWhileItIsServedEndsTheConnection) {
    constexpr std::int64_t kBytes = 32 << 20;
    for (const bool isCut : {true, false}) {
        writeFile(path_, std::string(kBytes, 'a'));
        RawClient client(server_.port(), 4096);
        client.send(get("/file"));
        ASSERT_TRUE(client.receive()); // and then the server's write stalls
        if (isCut)
            fs::resize_file(path_, kBytes / 2);
        else
            std::fstream(path_, std::ios::in | std::ios::out).seekp(kBytes - 1).put('b');
        const auto res = client.response();
        EXPECT_FALSE(res.isWhole);
        EXPECT_EQ(res.body.find_first_not_of('a'), std::string::npos);
    }
}

TEST_F(FileResourceTest, FileThatIsReplacedIsServedToItsEnd) {
    writeFile(path_, std::string(32 << 20, 'a'));
    RawClient client(server_.port(), 4096);
    client.send(get("/file"));
    ASSERT_TRUE(client.receive());
    writeFile(dir_.path() / "new", "new");
    fs::rename(dir_.path() / "new", path_);
    const auto res = client.response();
    EXPECT_TRUE(res.isWhole);
    EXPECT_EQ(res.body.find_first_not_of('a'), std::string::npos);
    EXPECT_EQ(server_.request(get("/file")).body, "new");
}

class StaticFilesTest : public ::testing::Test {
  protected:
    StaticFilesTest()
        : root_(dir_.path() / "dist"), server_({}, [this](HttpServer& server) {
              server.fallback(StaticFiles({root_, {"/api"}}));
          }) {
        writeFile(root_ / "index.html", "<!doctype html>");
        writeFile(root_ / "app.js", "let x");
        writeFile(root_ / "assets/app-1a2b.css", "a{}");
        writeFile(root_ / ".env", "secret");
        writeFile(root_ / ".git/config", "secret");
        writeFile(dir_.path() / "secret.txt", "secret");
        writeFile(dir_.path() / "outside/file.txt", "secret");
        fs::create_symlink("../secret.txt", root_ / "link.txt");
        fs::create_symlink("../outside", root_ / "folder");
        fs::create_symlink("app.js", root_ / "inner.js");
    }

    TempDir dir_;
    fs::path root_;
    TestServer server_;
};

TEST_F(StaticFilesTest, ServesFilesWithTypesAndCaching) {
    const auto page = server_.request(get("/"));
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.body, "<!doctype html>");
    EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(page.header("cache-control"), "no-cache");
    EXPECT_NE(page.header("content-security-policy").find("default-src 'self'"), std::string::npos);
    const auto script = server_.request(get("/app.js"));
    EXPECT_EQ(script.header("content-type"), "text/javascript; charset=utf-8");
    const auto style = server_.request(get("/assets/app-1a2b.css"));
    EXPECT_NE(style.header("cache-control").find("immutable"), std::string::npos);
    EXPECT_EQ(
        server_.request(get("/app.js", "If-None-Match: " + script.header("etag") + "\r\n")).status,
        304);
    EXPECT_EQ(server_.request(requestOf("HEAD", "/app.js")).header("content-length"), "5");
    EXPECT_EQ(server_.request(requestOf("POST", "/app.js")).status, 404);
}

TEST_F(StaticFilesTest, WhatLiesThereCompressedGoesOutCompressed) {
    const std::string path = "/assets/app-1a2b.css";
    writeFile(root_ / (path.substr(1) + ".gz"), "compressed");
    const auto small = server_.request(get(path, "Accept-Encoding: gzip, deflate, br\r\n"));
    EXPECT_EQ(small.body, "compressed");
    EXPECT_EQ(small.header("content-encoding"), "gzip");
    EXPECT_EQ(small.header("content-type"), "text/css; charset=utf-8");
    EXPECT_EQ(small.header("vary"), "Accept-Encoding");
    EXPECT_NE(small.header("cache-control").find("immutable"), std::string::npos);
    const auto part = server_.request(
        get(path, "Accept-Encoding: gzip\r\nRange: bytes=3-6\r\nIf-Range: " + small.header("etag") +
                      "\r\n"));
    EXPECT_EQ(part.body, "pres");
    EXPECT_EQ(part.header("content-encoding"), "gzip");
    const auto kept = server_.request(
        get(path, "Accept-Encoding: gzip\r\nIf-None-Match: " + small.header("etag") + "\r\n"));
    EXPECT_EQ(kept.status, 304);
    for (const char* header : {"", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: br\r\n"}) {
        const auto plain = server_.request(get(path, header));
        EXPECT_EQ(plain.body, "a{}") << header;
        EXPECT_EQ(plain.header("content-encoding"), "") << header;
        EXPECT_EQ(plain.header("vary"), "Accept-Encoding") << header;
        EXPECT_NE(plain.header("etag"), small.header("etag")) << header;
    }
    writeFile(root_ / "app.js.gz", "compressed");
    EXPECT_EQ(server_.request(get("/app.js", "Accept-Encoding: gzip\r\n")).body, "let x")
        << "a file without a hash in its name could be older or newer than its copy";
}

TEST_F(StaticFilesTest, PagesOfThePlayerReloadAndTheRestIs404) {
    for (const char* path : {"/album/7", "/settings", "/folder/", "/assets", "/assets/"})
        EXPECT_EQ(server_.request(get(path)).body, "<!doctype html>") << path;
    for (const char* path : {"/missing.js", "/api", "/api/unknown", "/api/"}) {
        const auto res = server_.request(get(path));
        EXPECT_EQ(res.status, 404) << path;
        EXPECT_EQ(res.header("content-type"), "application/problem+json") << path;
    }
    const std::string page = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
    EXPECT_EQ(server_.request(get("/genres/Drum.n.Bass", page)).body, "<!doctype html>");
    EXPECT_EQ(server_.request(get("/genres/Drum.n.Bass", "Accept: */*\r\n")).status, 404);
    EXPECT_EQ(server_.request(get("/api/Drum.n.Bass", page)).status, 404);
    EXPECT_EQ(server_.request(get("/app.js", page)).body, "let x");
}

TEST_F(StaticFilesTest, NothingLeavesTheRoot) {
    for (const char* path : {"/../secret.txt",
                             "/%2e%2e/secret.txt",
                             "/..%2fsecret.txt",
                             "/%2e%2e%2fsecret.txt",
                             "/assets/../../secret.txt",
                             "/assets/..%2f..%2fsecret.txt",
                             "/..%5csecret.txt",
                             "/....//secret.txt",
                             "//secret.txt",
                             "/./../secret.txt",
                             "/link.txt",
                             "/folder/file.txt",
                             "/inner.js",
                             "/.env",
                             "/.git/config",
                             "/%2eenv",
                             "/assets//etc/passwd",
                             "//etc/passwd",
                             "/secret.txt%00.html",
                             "/%c0%ae%c0%ae/secret.txt",
                             "/..",
                             "/%2e%2e",
                             "/%252e%252e/secret.txt"}) {
        const auto res = server_.request(get(path));
        EXPECT_EQ(res.body.find("secret\n"), std::string::npos) << path;
        EXPECT_NE(res.body, "secret") << path;
        EXPECT_NE(res.body, "let x") << path;
        EXPECT_EQ(res.body.find("root:"), std::string::npos) << path;
    }
}

TEST_F(StaticFilesTest, MissingFolderIs404) {
    fs::remove_all(root_);
    EXPECT_EQ(server_.request(get("/")).status, 404);
}

TEST(MimeType, ByNameAndCodec) {
    EXPECT_EQ(mimeTypeOfName("a/B.FLAC"), "audio/flac");
    EXPECT_EQ(mimeTypeOfName("x.opus"), "audio/ogg");
    EXPECT_EQ(mimeTypeOfName("x.mp3"), "audio/mpeg");
    for (const char* name : {"", "x", "x.", "x.flac.exe", "x.averyveryverylongextension"})
        EXPECT_EQ(mimeTypeOfName(name), "application/octet-stream") << name;
    EXPECT_EQ(mimeTypeOfCodec("vorbis"), "audio/ogg");
    EXPECT_EQ(mimeTypeOfCodec("?"), "application/octet-stream");
}

} // namespace
} // namespace segue::http
