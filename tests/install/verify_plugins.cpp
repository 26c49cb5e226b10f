// Test suites of somebody else's plug-ins: the properties as GoogleTest cases.
#include <lockstep/testing.h>

LOCKSTEP_VERIFY_PLUGIN(SizeOrTimeout, "build/size_or_timeout.so", 500)
LOCKSTEP_VERIFY_PLUGIN(NotThere, "users/not_there.so", 500)
