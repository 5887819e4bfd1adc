#pragma once

#include <string>
#include <unordered_map>

#include "backend/InFlightChunk.h"

namespace segue::backend {

/// How many seconds of rendering each client has had of late, so that the scheduler can prefer who
/// had little. What was used is forgotten by half every five seconds: nobody is made to pay for
/// long, and who keeps asking stays known for it.
/// @thread one at a time
class ClientUsage {
  public:
    void charge(const std::string& client, double seconds, Clock::time_point now);
    /// @return seconds of rendering, >= 0; 0 for who is not known
    double of(const std::string& client, Clock::time_point now) const;

  private:
    struct Used {
        double seconds = 0;
        Clock::time_point at;
    };
    static double decayed(const Used& used, Clock::time_point now);

    std::unordered_map<std::string, Used> used_;
};

} // namespace segue::backend
