"""The look of the till: colours by role, sizes and painting functions, without widgets or words."""
