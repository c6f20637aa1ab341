"""The screens: they receive views and emit signals. They must not ask the counter."""
