#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processing/mastering/Corridor.h"
#include "processing/mastering/ToneFeatures.h"
#include "processing/types/Error.h"
#include "processing/types/Hash.h"

namespace segue::mastering {

/// The balance that the tracks of a library share, and by how much and together with what else it
/// varies among them. What a track has that the library's own variety does not explain, but a fault
/// does, is corrected; the rest is its character.
///
/// The library is a Gaussian over ToneFeatures: mean and covariance, robust against odd tracks
/// (weights of a multivariate t distribution) and shrunk towards one in which only neighbouring
/// bands vary together, the more so the fewer tracks there are. For every fault of toneFaults()
/// (and none) follow its probability and its amount given the track; taken back is what most
/// probably repairs it (bestRepair). A track that is unlike the library whatever the fault is
/// corrected less.
///
/// Immutable; about 20 kB stored.
/// @source  K. P. Murphy, "Machine Learning: A Probabilistic Perspective", 2012, 4.4 (inference in
/// jointly Gaussian distributions); O. Ledoit, M. Wolf, "A well-conditioned estimator for
/// large-dimensional covariance matrices", J. Multivariate Analysis 88(2), 2004; C. Liu, D. Rubin,
/// "ML estimation of the t distribution using EM", Statistica Sinica 5, 1995
class LearnedCorridor {
  public:
    /// Below it the built-in corridor serves better; docs/MASTERING.md has the figures.
    static constexpr int kMinTracks = 20;
    /// No correction moves the balance by more: level-free root mean square over the bands of mid
    /// and side that sound. So no master, however unusual, is moved by more than 2 dB, the rest of
    /// the chain included, which adds up to 0.22.
    static constexpr double kMostChangeDb = 1.78;

    /// Pure; a few milliseconds at most. @thread any
    Correction correctionFor(const analysis::TrackAnalysis& analysis) const;

    int numTracks() const { return numTracks_; }
    /// Identity of every number; of what it corrects.
    Hash128 id() const { return id_; }
    /// For people: "41 tracks of this library, version 1a2b3c4d".
    std::string describe() const;

    /// CBOR, with a version; any bytes may be given to deserialize.
    std::string serialize() const;
    /// @errors Corrupt, Unsupported (another version)
    static Result<LearnedCorridor> deserialize(std::string_view bytes);

  private:
    friend class CorridorLearner;

    static Result<LearnedCorridor> make(int numTracks, int numStereo, std::vector<double> mean,
                                        std::vector<double> lowerCovariance);
    double covariance(std::size_t i, std::size_t j) const;
    ToneCurve estimateFault(const ToneFeatures& features) const;

    int numTracks_ = 0;
    int numStereo_ = 0;
    std::vector<double> mean_;            ///< ToneFeatures::kCount
    std::vector<double> lowerCovariance_; ///< by rows, up to the diagonal
    Hash128 id_;
};

/// Collects tracks. What is learned depends on the set of tracks only, not on their order.
class CorridorLearner {
  public:
    /// @return  whether it counts: quick analyses and silence do not
    bool add(const analysis::TrackAnalysis& analysis);
    int numTracks() const { return static_cast<int>(tracks_.size()); }

    /// Milliseconds per thousand tracks. @errors InvalidArgument: fewer than kMinTracks
    Result<LearnedCorridor> learn() const;

  private:
    std::vector<ToneFeatures> tracks_;
};

} // namespace segue::mastering
