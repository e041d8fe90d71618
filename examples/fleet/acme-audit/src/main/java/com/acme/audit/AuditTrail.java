package com.acme.audit;

import com.acme.logging.Log;

public class AuditTrail {
    private final Log log = Log.of(AuditTrail.class);

    public void record(Event event) {
        log.info(event.describe());
    }

    /** Something that happened. */
    public interface Event {
        String describe();
    }
}
