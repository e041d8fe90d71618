package org.apache.logging.log4j.core.appender;

import org.apache.logging.log4j.core.LogEvent;

public interface Appender {
    void append(LogEvent event);
}
