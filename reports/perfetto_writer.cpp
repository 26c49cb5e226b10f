#include "reports/perfetto_writer.h"

#include <algorithm>
#include <functional>
#include <map>

#include "reports/format.h"
#include "reports/proto/perfetto_trace.pb.h"

namespace lockstep {
namespace {

namespace proto = ::lockstep::perfetto;

constexpr std::size_t kLongestLabel = 1024;
constexpr std::uint32_t kSequence = 1;
constexpr std::uint32_t kClockBoottime = 6;            // builtin_clock.proto
constexpr std::uint32_t kIncrementalStateCleared = 1;  // trace_packet.proto
constexpr std::uint32_t kNeedsIncrementalState = 2;

// Text to number, in the order of first use, from 1.
class Interned {
 public:
  std::uint64_t of(std::string_view text) {
    const auto found = ids_.find(text);
    if (found != ids_.end()) {
      return found->second;
    }
    texts_.emplace_back(text);
    return ids_.emplace(std::string(text), texts_.size()).first->second;
  }
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::map<std::string, std::uint64_t, std::less<>> ids_;
  std::vector<std::string> texts_;
};

// A packet of State::packets.
struct TimedEvent {
  SimTime at{};
  std::size_t begin = 0;
  std::uint32_t size = 0;
};

// As a Trace of one packet: traces one after another are one trace.
void append_packet(const proto::TracePacket& packet, std::string& out) {
  proto::Trace trace;
  *trace.add_packet() = packet;
  trace.AppendToString(&out);
}

}  // namespace

struct PerfettoWriter::State {
  std::uint64_t last_track = 0;
  std::int32_t last_process = 0;
  std::int32_t last_thread = kFirstThread;
  std::map<Track, std::int32_t> processes;
  std::string descriptors;
  Interned categories;
  Interned names;
  Interned annotation_names;
  std::string packets;  // of the events, as they were added
  std::vector<TimedEvent> events;

  Track describe(proto::TrackDescriptor descriptor, Track parent) {
    descriptor.set_uuid(++last_track);
    if (parent != 0) {
      descriptor.set_parent_uuid(parent);
    }
    proto::TracePacket packet;
    packet.set_trusted_packet_sequence_id(kSequence);
    *packet.mutable_track_descriptor() = std::move(descriptor);
    append_packet(packet, descriptors);
    return last_track;
  }

  void annotate(const TrackEventDetails& details, proto::TrackEvent& event) {
    for (const auto& [name, value] : details.annotations) {
      proto::DebugAnnotation& annotation = *event.add_debug_annotations();
      annotation.set_name_iid(annotation_names.of(displayable(name, kLongestLabel)));
      if (const std::string* const text = std::get_if<std::string>(&value)) {
        annotation.set_string_value(displayable(*text, kLongestLabel));
      } else {
        annotation.set_uint_value(std::get<std::uint64_t>(value));
      }
    }
    for (const std::uint64_t flow : details.flows) {
      event.add_flow_ids(flow);
    }
    for (const std::uint64_t flow : details.terminating_flows) {
      event.add_terminating_flow_ids(flow);
    }
  }

  void add(SimTime at, const proto::TrackEvent& event) {
    proto::TracePacket packet;
    packet.set_timestamp(static_cast<std::uint64_t>(ns_of(at)));
    packet.set_trusted_packet_sequence_id(kSequence);
    packet.set_sequence_flags(kNeedsIncrementalState);
    *packet.mutable_track_event() = event;
    const std::size_t begin = packets.size();
    append_packet(packet, packets);
    events.push_back(
        {.at = at, .begin = begin, .size = static_cast<std::uint32_t>(packets.size() - begin)});
  }

  [[nodiscard]] std::string first_packet() const {
    proto::TracePacket packet;
    packet.set_trusted_packet_sequence_id(kSequence);
    packet.set_sequence_flags(kIncrementalStateCleared);
    packet.mutable_trace_packet_defaults()->set_timestamp_clock_id(kClockBoottime);
    proto::InternedData& interned = *packet.mutable_interned_data();
    const auto fill = [](const Interned& from, auto add) {
      for (std::size_t i = 0; i < from.texts().size(); ++i) {
        auto& entry = *add();
        entry.set_iid(i + 1);
        entry.set_name(from.texts()[i]);
      }
    };
    fill(categories, [&] { return interned.add_event_categories(); });
    fill(names, [&] { return interned.add_event_names(); });
    fill(annotation_names, [&] { return interned.add_debug_annotation_names(); });
    std::string text;
    append_packet(packet, text);
    return text;
  }
};

PerfettoWriter::PerfettoWriter() : state_(std::make_unique<State>()) {}
PerfettoWriter::~PerfettoWriter() = default;

PerfettoWriter::Track PerfettoWriter::add_process(std::string_view name) {
  proto::TrackDescriptor descriptor;
  descriptor.mutable_process()->set_pid(++state_->last_process);
  descriptor.mutable_process()->set_process_name(displayable(name, kLongestLabel));
  const Track track = state_->describe(std::move(descriptor), 0);
  state_->processes[track] = state_->last_process;
  return track;
}

PerfettoWriter::Track PerfettoWriter::add_thread(Track process, std::string_view name) {
  proto::TrackDescriptor descriptor;
  descriptor.mutable_thread()->set_pid(state_->processes.at(process));
  descriptor.mutable_thread()->set_tid(++state_->last_thread);
  descriptor.mutable_thread()->set_thread_name(displayable(name, kLongestLabel));
  return state_->describe(std::move(descriptor), process);
}

PerfettoWriter::Track PerfettoWriter::add_track(Track parent, std::string_view name) {
  proto::TrackDescriptor descriptor;
  descriptor.set_name(displayable(name, kLongestLabel));
  return state_->describe(std::move(descriptor), parent);
}

PerfettoWriter::Track PerfettoWriter::add_counter(Track parent, std::string_view name) {
  proto::TrackDescriptor descriptor;
  descriptor.set_name(displayable(name, kLongestLabel));
  descriptor.mutable_counter()->set_unit(proto::CounterDescriptor::UNIT_COUNT);
  return state_->describe(std::move(descriptor), parent);
}

void PerfettoWriter::begin(Track track, SimTime at, std::string_view category,
                           std::string_view name, const TrackEventDetails& details) {
  proto::TrackEvent event;
  event.set_type(proto::TrackEvent::TYPE_SLICE_BEGIN);
  event.set_track_uuid(track);
  event.add_category_iids(state_->categories.of(category));
  event.set_name_iid(state_->names.of(displayable(name, kLongestLabel)));
  state_->annotate(details, event);
  state_->add(at, event);
}

void PerfettoWriter::end(Track track, SimTime at) {
  proto::TrackEvent event;
  event.set_type(proto::TrackEvent::TYPE_SLICE_END);
  event.set_track_uuid(track);
  state_->add(at, event);
}

void PerfettoWriter::instant(Track track, SimTime at, std::string_view category,
                             std::string_view name, const TrackEventDetails& details) {
  proto::TrackEvent event;
  event.set_type(proto::TrackEvent::TYPE_INSTANT);
  event.set_track_uuid(track);
  event.add_category_iids(state_->categories.of(category));
  event.set_name_iid(state_->names.of(displayable(name, kLongestLabel)));
  state_->annotate(details, event);
  state_->add(at, event);
}

void PerfettoWriter::count(Track counter, SimTime at, std::int64_t value) {
  proto::TrackEvent event;
  event.set_type(proto::TrackEvent::TYPE_COUNTER);
  event.set_track_uuid(counter);
  event.set_counter_value(value);
  state_->add(at, event);
}

std::string PerfettoWriter::finish() {
  std::stable_sort(state_->events.begin(), state_->events.end(),
                   [](const TimedEvent& a, const TimedEvent& b) { return a.at < b.at; });
  std::string text = state_->first_packet() + state_->descriptors;
  text.reserve(text.size() + state_->packets.size());
  for (const TimedEvent& event : state_->events) {
    text.append(state_->packets, event.begin, event.size);
  }
  return text;
}

}  // namespace lockstep
