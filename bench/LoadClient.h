#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "processing/types/UniqueFd.h"

namespace segue::bench {

using Clock = std::chrono::steady_clock;

/// Where a listener jumps to.
struct LoadRequest {
    std::string path;
    std::int64_t offset = 0; ///< byte of the stream
};

/// What one simulated listener does.
struct ClientPlan {
    std::string address = "127.0.0.1"; ///< its own; all of 127.0.0.0/8 may be had
    Clock::duration start{};           ///< from the run's beginning
    double bytesPerSecond = 176'400;
    /// How long each request is listened to; 0: only to its first byte.
    double playSeconds = 0;
    /// Taken in turn, each on a connection of its own, from the front again after the last.
    std::vector<LoadRequest> requests;
    bool repeats = true;          ///< whether it goes on after the last
    bool minds = true;            ///< whether it waits as long as a Retry-After says
    double bufferedSeconds = 2.0; ///< what it keeps in hand; it plays once it has as much
};

/// What a group of clients met with; times in seconds.
struct GroupFigures {
    std::int64_t requests = 0;
    std::map<int, std::int64_t> statuses;
    std::int64_t refusedWithoutRetryAfter = 0;
    std::int64_t cutShort = 0; ///< the connection ended before the answer did
    std::int64_t silent = 0;   ///< no answer within kPatience
    std::int64_t bytes = 0;    ///< of bodies
    std::int64_t underruns = 0;
    double stalledSeconds = 0;
    double leastBufferSeconds = 1e9; ///< while playing
    std::vector<double> firstByte;   ///< of audio, from before connect()
    std::vector<double> playing;     ///< until the buffer was full and play began
    std::vector<double> refusal;     ///< until a 503 was read
};

/// One simulated listener: asks, fills its buffer, takes bytes at the pace of play, jumps.
/// @thread one for all; nothing waits
class LoadClient {
  public:
    /// Longer than any client waits for an answer.
    static constexpr auto kPatience = std::chrono::seconds(60);

    /// @param plan, figures  outlive the client  @param poller  an epoll descriptor
    LoadClient(const ClientPlan& plan, GroupFigures& figures, int poller, std::uint16_t port,
               std::uint64_t number, Clock::time_point begin);

    /// Does what is due. @return when to call again, if nothing comes from the socket before
    Clock::time_point step(Clock::time_point now);

  private:
    enum class Stage { Waiting, Connecting, Head, Buffering, Playing, Done };

    void ask(Clock::time_point now);
    void sendRequest();
    void readHead(Clock::time_point now);
    void takeHead(Clock::time_point now, std::size_t headBytes);
    void refused(Clock::time_point now, const std::string& head);
    void gotAudio(Clock::time_point now, std::int64_t bytes);
    void readBody(Clock::time_point now);
    void lookAtBuffer(Clock::time_point now);
    void endRequest(Clock::time_point now, double pauseSeconds = 0);
    /// Whether to be woken by what comes.
    void listen(std::uint32_t events);
    double heardBytes(Clock::time_point now) const;
    double bufferBytes() const { return plan_.bufferedSeconds * plan_.bytesPerSecond; }
    bool awaitsFirstByte() const { return received_ <= skipped_; }

    const ClientPlan& plan_;
    GroupFigures& figures_;
    const int poller_;
    const std::uint16_t port_;
    const std::uint64_t number_;

    UniqueFd socket_;
    Stage stage_ = Stage::Waiting;
    Clock::time_point due_;     ///< of the next request, while Waiting
    Clock::time_point asked_;   ///< when the request began
    Clock::time_point playsOn_; ///< since when it has played without a stall
    Clock::time_point stalledSince_;
    std::size_t next_ = 0; ///< request
    std::uint32_t events_ = 0;
    std::string head_;
    std::int64_t length_ = 0;   ///< of the body
    std::int64_t received_ = 0; ///< of the body
    std::int64_t skipped_ = 0;  ///< bytes before the audio
    double heardBefore_ = 0;    ///< bytes heard before playsOn_
    bool hasPlayed_ = false;    ///< in this request
};

} // namespace segue::bench
