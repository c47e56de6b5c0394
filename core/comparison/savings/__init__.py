"""Why a model is not smaller, and why it is not faster: what its bytes and its time are spent on."""
