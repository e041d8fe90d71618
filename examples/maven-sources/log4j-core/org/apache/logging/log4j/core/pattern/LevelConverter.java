package org.apache.logging.log4j.core.pattern;

import org.apache.logging.log4j.core.LogEvent;

class LevelConverter implements Converter {
    @Override
    public void format(LogEvent event, StringBuilder line) {
        line.append(event.level());
    }
}
