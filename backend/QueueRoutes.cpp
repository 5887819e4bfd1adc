// GET, PUT and PATCH of /api/queue. The entity tag is the queue's revision: a client that sends it
// back in If-Match never overwrites what another one has changed meanwhile. Connection threads.
#include "backend/QueueRoutes.h"

#include <string>
#include <utility>

#include "backend/JsonBody.h"
#include "backend/Revisions.h"
#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using library::kOnlyUser;
using library::PlayQueues;
using library::QueuePlace;

std::string tagOf(std::int64_t revision) {
    return "\"queue-" + std::to_string(revision) + "\"";
}

Json jsonOf(const QueuePlace& place, std::int64_t revision) {
    return {{"currentIndex", place.currentIndex},
            {"positionSeconds", place.positionSeconds},
            {"changedBy", place.changedBy},
            {"changedAtMs", place.changedMs == 0 ? Json(nullptr) : Json(place.changedMs)},
            {"revision", revision}};
}

/// The members that PUT and PATCH share.
MemberReaders placeReaders(QueuePlace& place) {
    return {{"currentIndex", integerMember(place.currentIndex, 0,
                                           static_cast<std::int64_t>(PlayQueues::kMostTracks) - 1)},
            {"positionSeconds", secondsMember(place.positionSeconds)},
            {"client", textMember(place.changedBy, PlayQueues::kLongestClientName)}};
}

} // namespace

QueueRoutes::QueueRoutes(PlayQueues& queues, EventHub& events, NowMs nowMs)
    : queues_(queues), events_(events), nowMs_(nowMs ? std::move(nowMs) : systemNowMs) {}

std::vector<Route> QueueRoutes::routes() {
    using Ctx = http::RequestContext;
    constexpr const char* kQueue = "/api/queue";
    return {
        {"GET", kQueue, [this](const Ctx& ctx, httplib::Response& res) { get(ctx, res); }},
        {"PUT", kQueue, [this](const Ctx& ctx, httplib::Response& res) { put(ctx, res); }},
        {"PATCH", kQueue, [this](const Ctx& ctx, httplib::Response& res) { move(ctx, res); }},
    };
}

void QueueRoutes::get(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto queue = queues_.of(kOnlyUser);
    if (!queue)
        return http::respond(ctx, res, queue.error());
    Json ids = Json::array();
    for (const library::TrackId track : queue->tracks)
        ids.push_back(std::to_string(track));
    Json json{{"trackIds", std::move(ids)}};
    json.update(jsonOf(queue->place, queue->revision));
    respondTagged(ctx, res, json.dump(), tagOf(queue->revision));
}

void QueueRoutes::put(const http::RequestContext& ctx, httplib::Response& res) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    library::PlayQueue queue;
    MemberReaders readers = placeReaders(queue.place);
    readers.emplace_back("trackIds", idsMember(queue.tracks, PlayQueues::kMostTracks));
    if (const auto read = readObject(*text, "queue", readers); !read)
        return http::respond(ctx, res, read.error());
    const auto before = queues_.placeOf(kOnlyUser);
    if (!before)
        return http::respond(ctx, res, before.error());
    const auto seen = seenRevision(ctx, tagOf(before->revision), before->revision);
    if (!seen)
        return respondToChange(ctx, res, seen.error());
    queue.place.changedMs = nowMs_();
    answer(ctx, res, queue.place, queues_.put(kOnlyUser, queue, *seen));
}

void QueueRoutes::move(const http::RequestContext& ctx, httplib::Response& res) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    const auto before = queues_.placeOf(kOnlyUser);
    if (!before)
        return http::respond(ctx, res, before.error());
    QueuePlace place = before->place;
    if (const auto read = readObject(*text, "queue", placeReaders(place)); !read)
        return http::respond(ctx, res, read.error());
    const auto seen = seenRevision(ctx, tagOf(before->revision), before->revision);
    if (!seen)
        return respondToChange(ctx, res, seen.error());
    place.changedMs = nowMs_();
    answer(ctx, res, place, queues_.move(kOnlyUser, place, *seen));
}

void QueueRoutes::answer(const http::RequestContext& ctx, httplib::Response& res,
                         const QueuePlace& place, const Result<std::int64_t>& revision) {
    if (!revision)
        return respondToChange(ctx, res, revision.error());
    const std::string json = jsonOf(place, *revision).dump();
    events_.publish("queue", json);
    respondTagged(ctx, res, json, tagOf(*revision));
}

} // namespace segue::backend
