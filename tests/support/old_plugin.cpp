// A plug-in for an ABI that was never there.
#include <lockstep/plugin.h>

extern "C" LOCKSTEP_EXPORT const lockstep_plugin_info* lockstep_plugin(void) {
  static const lockstep_plugin_info info{};
  return &info;
}
