"""Every word the bot says, in one place, plain enough to be read aloud."""
