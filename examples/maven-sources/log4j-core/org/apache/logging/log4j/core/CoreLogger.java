package org.apache.logging.log4j.core;

import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.config.Configuration;

public class CoreLogger implements Logger {
    private final String name;
    private final Configuration configuration;

    public CoreLogger(String name, Configuration configuration) {
        this.name = name;
        this.configuration = configuration;
    }

    @Override
    public void info(String message) {
        log("INFO", message);
    }

    @Override
    public void error(String message) {
        log("ERROR", message);
    }

    private void log(String level, String message) {
        LogEvent event = new LogEvent(name, level, message);
        configuration.appenders().forEach(appender -> appender.append(event));
    }
}
