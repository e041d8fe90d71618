package com.acme.logging;

import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What every service logs with. */
public final class Log {
    private final Logger logger;

    private Log(Logger logger) {
        this.logger = logger;
    }

    public static Log of(Class<?> owner) {
        return new Log(LogManager.getLogger(owner));
    }

    public void info(String message) {
        logger.info(message);
    }
}
