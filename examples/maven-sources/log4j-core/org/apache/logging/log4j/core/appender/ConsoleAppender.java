package org.apache.logging.log4j.core.appender;

import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.pattern.PatternLayout;

public class ConsoleAppender implements Appender {
    private final PatternLayout layout;

    public ConsoleAppender(PatternLayout layout) {
        this.layout = layout;
    }

    @Override
    public void append(LogEvent event) {
        System.out.println(layout.format(event));
    }
}
