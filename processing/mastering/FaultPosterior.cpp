// The choice among repairs of a track whose fault is only known by probabilities: the one of least
// expected loss. A mean over all faults, which minimises squares, would do a little of everything
// and take back enough of nothing. Pure functions, any thread.

#include "processing/mastering/FaultPosterior.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace segue::mastering {

namespace {

// What of a fault may be left: so much is as good as nothing, so much as bad as all of it.
constexpr double kGoodRest = 0.5;
constexpr double kBadRest = 0.7;
// A sound master moved by 2 dB is as bad as a fault left in.
constexpr double kHarmPerDb = 0.5;
constexpr double kLeastFaultDb = 0.1; // a fault smaller than that is none, whatever is left of it
// The middles of five equally likely parts of a normal distribution.
constexpr std::array<double, 5> kNormalDraws{-1.2816, -0.5244, 0, 0.5244, 1.2816};

using Amounts = std::vector<double>;

/// One fault of a known amount and how likely it is.
struct Outcome {
    std::size_t fault;
    double amount, sizeDb, probability;
};

std::vector<Outcome> outcomesOf(const FaultPosterior& posterior,
                                const std::vector<double>& products, std::size_t numFaults) {
    std::vector<Outcome> outcomes;
    for (const FaultHypothesis& h : posterior.hypotheses)
        for (const double draw : kNormalDraws) {
            const double amount = h.amount + draw * h.spread;
            const double size =
                std::abs(amount) * std::sqrt(products[h.fault * numFaults + h.fault]);
            outcomes.push_back({h.fault, amount, std::max(size, kLeastFaultDb),
                                h.probability / static_cast<double>(kNormalDraws.size())});
        }
    return outcomes;
}

std::vector<Amounts> candidatesFor(const FaultPosterior& posterior, std::size_t numFaults) {
    constexpr std::array<double, 5> kPartsOfMean{0.5, 1, 1.5, 2, 2.5};
    constexpr std::array<double, 3> kPartsOfOne{0.5, 0.75, 1};
    std::vector<Amounts> candidates{Amounts(numFaults)}; // nothing, which wins a tie
    Amounts mean(numFaults);
    for (const FaultHypothesis& h : posterior.hypotheses)
        mean[h.fault] += h.probability * h.amount;
    for (const double part : kPartsOfMean) {
        candidates.push_back(mean);
        for (double& amount : candidates.back())
            amount *= part;
    }
    for (const FaultHypothesis& h : posterior.hypotheses)
        for (const double part : kPartsOfOne) {
            candidates.emplace_back(numFaults);
            candidates.back()[h.fault] = part * h.amount;
        }
    return candidates;
}

} // namespace

std::vector<double> bestRepair(const FaultPosterior& posterior, const std::vector<double>& products,
                               double mostDb) {
    const auto numFaults =
        static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(products.size()))));
    const std::vector<Outcome> outcomes = outcomesOf(posterior, products, numFaults);
    Amounts best(numFaults);
    double leastLoss = 2; // more than any
    for (Amounts& repair : candidatesFor(posterior, numFaults)) {
        Amounts shared(numFaults); // products * repair
        double squared = 0;
        for (std::size_t i = 0; i < numFaults; ++i) {
            for (std::size_t j = 0; j < numFaults; ++j)
                shared[i] += products[i * numFaults + j] * repair[j];
            squared += repair[i] * shared[i];
        }
        double change = std::sqrt(std::max(squared, 0.0));
        const double part = change > mostDb ? mostDb / change : 1;
        change *= part;
        double loss = posterior.none * kHarmPerDb * change;
        for (const Outcome& o : outcomes) {
            const double left = std::sqrt(std::max(0.0, o.sizeDb * o.sizeDb + change * change -
                                                            2 * o.amount * part * shared[o.fault]));
            loss += o.probability *
                    std::clamp((left / o.sizeDb - kGoodRest) / (kBadRest - kGoodRest), 0.0, 1.0);
        }
        if (loss < leastLoss) {
            leastLoss = loss;
            best = std::move(repair);
        }
    }
    return best;
}

} // namespace segue::mastering
