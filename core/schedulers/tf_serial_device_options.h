// Checks of the serial-device scheduler's options, in upstream's order and words (TF 1.5).
#pragma once

#include "core/result.h"
#include "core/schedulers/tf_serial_device.h"

namespace lockstep {

[[nodiscard]] Result<void> check_tf_serial_device_options(const TfSerialDeviceOptions& options);

}  // namespace lockstep
