package org.apache.logging.log4j.core.pattern;

import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.lookup.StrSubstitutor;

class MessageConverter implements Converter {
    private final StrSubstitutor substitutor;

    MessageConverter(StrSubstitutor substitutor) {
        this.substitutor = substitutor;
    }

    @Override
    public void format(LogEvent event, StringBuilder line) {
        line.append(substitutor.replace(event, event.message()));
    }
}
