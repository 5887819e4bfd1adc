#pragma once

#include <memory>
#include <vector>

#include "backend/Events.h"
#include "backend/Routes.h"
#include "backend/SmartLists.h"
#include "backend/TrackJson.h"
#include "backend/WallClock.h"
#include "backend/http/BodyFile.h"
#include "library/Playlists.h"

namespace segue::backend {

/// Playlists, smart ones, and their files.
/// @thread handlers run on connection threads
class PlaylistRoutes {
  public:
    struct Parts {
        const library::Library& library;
        library::Playlists& playlists;
        SmartLists& smart;
        const TrackJson& tracks;
        EventHub& events;
        const http::BodyFolder& uploads; ///< for files that are imported
    };
    /// All outlive the routes. @param nowMs  empty: the system's clock
    explicit PlaylistRoutes(const Parts& parts, NowMs nowMs = {});

    std::vector<Route> routes();

  private:
    using Ctx = http::RequestContext;
    using Res = httplib::Response;

    void list(const Ctx& ctx, Res& res) const;
    void create(const Ctx& ctx, Res& res);
    void one(const Ctx& ctx, Res& res) const;
    void change(const Ctx& ctx, Res& res);
    void remove(const Ctx& ctx, Res& res);
    void entries(const Ctx& ctx, Res& res) const;
    void smartEntries(const Ctx& ctx, Res& res, const library::Playlist& playlist) const;
    void add(const Ctx& ctx, Res& res);
    void move(const Ctx& ctx, Res& res);
    void take(const Ctx& ctx, Res& res);
    void import(const Ctx& ctx, Res& res);
    void exportFile(const Ctx& ctx, Res& res) const;

    Result<library::Playlist> named(const Ctx& ctx) const;
    Result<library::PlaylistEdit> editOf(const Ctx& ctx) const;
    void answerChange(const Ctx& ctx, Res& res, const Result<library::Playlist>& playlist,
                      const char* what, const nlohmann::ordered_json& more = {}, int status = 200);
    Result<std::shared_ptr<http::BodyFile>> takeBody(const http::RequestHead& head) const;

    const Parts parts_;
    const NowMs nowMs_;
};

} // namespace segue::backend
