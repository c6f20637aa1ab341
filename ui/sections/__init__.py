"""The sections of the settings page, one widget class in a module; `ui.sections.all_sections` lists them."""
