package org.apache.logging.log4j.core;

public class LogEvent {
    private final String logger;
    private final String level;
    private final String message;

    public LogEvent(String logger, String level, String message) {
        this.logger = logger;
        this.level = level;
        this.message = message;
    }

    public String logger() {
        return logger;
    }

    public String level() {
        return level;
    }

    public String message() {
        return message;
    }
}
