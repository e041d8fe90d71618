package org.apache.logging.log4j.core.pattern;

import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.lookup.StrSubstitutor;

public class PatternLayout {
    private final List<Converter> converters = new ArrayList<>();

    public PatternLayout(StrSubstitutor substitutor) {
        converters.add(new LevelConverter());
        converters.add(new MessageConverter(substitutor));
    }

    public String format(LogEvent event) {
        StringBuilder line = new StringBuilder();
        for (Converter converter : converters) {
            converter.format(event, line);
        }
        return line.toString();
    }
}
