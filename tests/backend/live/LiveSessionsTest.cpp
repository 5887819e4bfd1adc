#include "backend/live/LiveSessions.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/Errors.h"

namespace segue::backend::live {
namespace {

using namespace std::chrono_literals;
using test::codeOf;
using Paused = LiveSession::Paused;

Selection selection(std::uint64_t plan = 1) {
    Selection selection;
    selection.spec.plan = std::make_shared<const mastering::MasteringPlan>();
    selection.spec.planId = {.high = 1, .low = plan};
    selection.spec.format = {.sampleRateHz = 1000, .numChannels = 1};
    selection.spec.numFrames = 100'000;
    selection.settings["plan"] = {std::to_string(plan), std::to_string(plan)};
    return selection;
}

/// Sessions under a clock that the test moves.
class LiveSessionsTest : public ::testing::Test {
  protected:
    Result<std::shared_ptr<LiveSession>> begin() {
        return sessions_.begin({.trackId = 1, .lead = 100ms}, selection(), 0, Paused::No);
    }
    Clock::time_point now_ = Clock::now();
    LiveSessions sessions_{{.most = 3, .idle = 600s, .now = [this] { return now_; }}};
};

TEST_F(LiveSessionsTest, IdsAreLongAndNeverTheSame) {
    LiveSessions many({.most = 200});
    std::set<std::string> ids;
    for (int i = 0; i < 200; ++i)
        ids.insert((*many.begin({.trackId = 1}, selection(), 0, Paused::No))->fixed().id);
    EXPECT_EQ(ids.size(), 200u);
    for (const std::string& id : ids) {
        EXPECT_EQ(id.size(), 32u);
        EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    }
}

TEST_F(LiveSessionsTest, OneThatNobodyUsesExpires) {
    const auto session = begin();
    ASSERT_TRUE(session.has_value());
    const std::string id = (*session)->fixed().id;
    now_ += 599s;
    EXPECT_TRUE(sessions_.find(id).has_value());
    now_ += 599s;
    EXPECT_TRUE(sessions_.find(id).has_value()) << "a request counts";
    now_ += 600s;
    EXPECT_EQ(codeOf(sessions_.find(id)), ErrorCode::NotFound);
}

TEST_F(LiveSessionsTest, OneThatIsListenedToStays) {
    const auto session = begin();
    const auto attached = (*session)->attach(now_);
    ASSERT_TRUE(attached.has_value());
    now_ += 24h;
    EXPECT_TRUE(sessions_.find((*session)->fixed().id).has_value());
    (*session)->detach(attached->ticket, now_);
    now_ += 600s;
    EXPECT_FALSE(sessions_.find((*session)->fixed().id).has_value());
}

TEST_F(LiveSessionsTest, ThereIsRoomAgainWhenOneEndsOrExpires) {
    const auto first = begin(), second = begin(), third = begin();
    ASSERT_TRUE(first && second && third);
    EXPECT_EQ(codeOf(begin()), ErrorCode::Busy);
    EXPECT_TRUE(sessions_.end((*first)->fixed().id).has_value());
    EXPECT_EQ(codeOf(sessions_.end((*first)->fixed().id)), ErrorCode::NotFound);
    EXPECT_TRUE(begin().has_value());
    EXPECT_EQ(codeOf(begin()), ErrorCode::Busy);
    now_ += 600s;
    EXPECT_TRUE(begin().has_value());
}

TEST_F(LiveSessionsTest, EndingItLetsItsListenerGo) {
    const auto session = *begin();
    const auto attached = session->attach(now_);
    EXPECT_EQ(session->standing(attached->ticket), LiveSession::Standing::Listening);
    EXPECT_TRUE(sessions_.end(session->fixed().id).has_value());
    EXPECT_EQ(session->standing(attached->ticket), LiveSession::Standing::Closed);
    EXPECT_EQ(codeOf(session->attach(now_)), ErrorCode::NotFound);
    session->waitForOrders(attached->ticket, 1, Clock::time_point::max());
}

TEST_F(LiveSessionsTest, ASecondListenerTakesOverAndTheFirstIsNotHeardAnyMore) {
    const auto session = *begin();
    const auto first = *session->attach(now_);
    const auto second = *session->attach(now_);
    EXPECT_EQ(session->standing(first.ticket), LiveSession::Standing::TakenOver);
    EXPECT_EQ(session->standing(second.ticket), LiveSession::Standing::Listening);
    session->reportFailure(first.ticket, 1, {ErrorCode::Corrupt, "late"});
    session->detach(first.ticket, now_);
    EXPECT_TRUE(session->status(now_).isListening);
    EXPECT_FALSE(session->status(now_).lastError.has_value());
    EXPECT_FALSE(session->takeOrders(first.ticket, 0).has_value());
    session->waitForOrders(first.ticket, 1, Clock::time_point::max());
}

TEST_F(LiveSessionsTest, ASeekThatIsNotHeardYetSurvivesTheNextChange) {
    const auto session = *begin();
    const auto ticket = session->attach(now_)->ticket;
    ASSERT_TRUE(session->change(session->newest(), selection(2), 5000, std::nullopt));
    ASSERT_TRUE(session->change(session->newest(), selection(3), std::nullopt, Paused::Yes));
    const auto orders = session->takeOrders(ticket, 1);
    ASSERT_TRUE(orders.has_value());
    EXPECT_EQ(orders->change.revision, 3u);
    EXPECT_EQ(orders->change.seekFrame, 5000);
    EXPECT_EQ(orders->change.spec.planId.low, 3u);
    EXPECT_EQ(orders->paused, Paused::Yes);
    EXPECT_FALSE(session->takeOrders(ticket, 3).has_value());
    // Asked for between the fade's beginning and its report: the seek is done, the rest is not.
    ASSERT_TRUE(session->change(session->newest(), selection(4), std::nullopt, Paused::No));
    session->reportChange(ticket, *orders, 5000);
    const auto next = session->takeOrders(ticket, 3);
    ASSERT_TRUE(next.has_value());
    EXPECT_FALSE(next->change.seekFrame.has_value());
    EXPECT_EQ(next->change.spec.planId.low, 4u);
}

TEST_F(LiveSessionsTest, AChangeOfWhatHasChangedMeanwhileIsRefused) {
    const auto session = *begin();
    const auto before = session->newest();
    EXPECT_TRUE(session->change(before, selection(2), std::nullopt, std::nullopt));
    EXPECT_FALSE(session->change(before, selection(3), std::nullopt, std::nullopt));
    EXPECT_EQ(session->newest().settings.at("plan").text, "2");
}

TEST_F(LiveSessionsTest, AFailedChangeIsTakenBackUnlessAnotherIsOnItsWay) {
    const auto session = *begin();
    const auto ticket = session->attach(now_)->ticket;
    session->change(session->newest(), selection(2), 7000, std::nullopt);
    session->reportFailure(ticket, 2, {ErrorCode::Corrupt, "broken"});
    EXPECT_EQ(session->newest().settings.at("plan").text, "1");
    EXPECT_EQ(session->status(now_).lastError->message, "broken");
    session->change(session->newest(), selection(3), std::nullopt, std::nullopt);
    session->change(session->newest(), selection(4), std::nullopt, std::nullopt);
    session->reportFailure(ticket, 3, {ErrorCode::Corrupt, "broken"});
    EXPECT_EQ(session->newest().settings.at("plan").text, "4");
    const auto orders = session->takeOrders(ticket, 3);
    EXPECT_FALSE(orders->change.seekFrame.has_value());
    session->reportChange(ticket, *orders, 100);
    EXPECT_FALSE(session->status(now_).lastError.has_value());
    EXPECT_EQ(session->status(now_).changedAtFrame, 100);
}

TEST_F(LiveSessionsTest, ThePositionIsWhatIsHeardAndStaysWhereTheListenerLeft) {
    const auto session = *begin();
    const auto ticket = session->attach(now_)->ticket;
    Pacer pacer(1000, 100ms);
    ASSERT_EQ(pacer.due(now_), 100);
    const LivePlayback::Piece piece{
        .kind = LivePlayback::Piece::Kind::Audio, .frames = 100, .trackFrame = 4000};
    session->reportPiece(ticket, pacer, piece, now_);
    EXPECT_EQ(session->status(now_ + 30ms).heardFrame, 4030);
    EXPECT_EQ(session->status(now_ + 10s).heardFrame, 4100);
    session->detach(ticket, now_ + 60ms);
    EXPECT_EQ(session->status(now_ + 10s).heardFrame, 4060);
    EXPECT_EQ(session->attach(now_)->orders.change.seekFrame, 4060);
}

TEST_F(LiveSessionsTest, WithoutAListenerAChangeHoldsAtOnce) {
    const auto session = *begin();
    session->change(session->newest(), selection(2), 700, Paused::Yes);
    const auto status = session->status(now_);
    EXPECT_EQ(status.revision, status.playingRevision);
    EXPECT_EQ(status.heardFrame, 700);
    const auto attached = *session->attach(now_);
    EXPECT_EQ(attached.orders.change.seekFrame, 700);
    EXPECT_EQ(attached.orders.change.spec.planId.low, 2u);
    EXPECT_EQ(attached.orders.paused, Paused::Yes);
}

} // namespace
} // namespace segue::backend::live
