// How far samples are from the distribution that they should have: Kolmogorov-Smirnov distances and
// chi-square sums, and the distribution functions to compare with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace lockstep {

// Largest distance between the empirical distribution of `values` and `cdf`. Equal values are an
// atom of both: there the two are compared from the right only.
template <typename Cdf>
[[nodiscard]] double ks_distance(std::vector<double> values, Cdf&& cdf) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i + 1;
    while (end < values.size() && values[end] == values[i]) {
      ++end;
    }
    const double expected = cdf(values[i]);
    distance = std::max(distance, std::abs(static_cast<double>(end) / count - expected));
    if (end == i + 1) {
      distance = std::max(distance, std::abs(expected - static_cast<double>(i) / count));
    }
    i = end;
  }
  return distance;
}

// What ks_distance() of `count` samples stays below with probability 0.999.
[[nodiscard]] inline double ks_critical(std::size_t count) {
  return 1.95 / std::sqrt(static_cast<double>(count));
}

// What a chi-square sum of that many degrees of freedom stays below with probability 0.999
// (Wilson and Hilferty's approximation).
[[nodiscard]] inline double chi_square_critical(std::size_t freedom) {
  const double n = static_cast<double>(freedom);
  const double root = 1 - 2 / (9 * n) + 3.0902 * std::sqrt(2 / (9 * n));
  return n * root * root * root;
}

[[nodiscard]] inline double chi_square(const std::vector<double>& found,
                                       const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    sum += (found[i] - expected[i]) * (found[i] - expected[i]) / expected[i];
  }
  return sum;
}

// Regularised lower incomplete gamma function P(a, x): the gamma distribution of that shape.
[[nodiscard]] inline double gamma_cdf(double a, double x) {
  if (x <= 0) {
    return 0;
  }
  const double front = a * std::log(x) - x - std::lgamma(a);
  if (x < a + 1) {
    double term = 1 / a;
    double sum = term;
    for (double n = a + 1; term > sum * 1e-16; ++n) {
      term *= x / n;
      sum += term;
    }
    return std::exp(front) * sum;
  }
  // Lentz's continued fraction of the upper one.
  double b = x + 1 - a;
  double c = 1e300;
  double d = 1 / b;
  double h = d;
  for (int i = 1; i < 100'000; ++i) {
    const double an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-15) {
      break;
    }
  }
  return 1 - std::exp(front) * h;
}

struct MeanAndCv {
  double mean = 0;
  double cv = 0;
};

[[nodiscard]] inline MeanAndCv mean_and_cv(const std::vector<double>& values) {
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  const auto count = static_cast<double>(values.size());
  const double mean = sum / count;
  return {mean, std::sqrt(squares / count - mean * mean) / mean};
}

}  // namespace lockstep
