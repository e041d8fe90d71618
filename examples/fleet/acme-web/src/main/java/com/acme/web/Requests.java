package com.acme.web;

import com.acme.audit.AuditTrail;

public class Requests {
    private final AuditTrail audit = new AuditTrail();

    public void seen(String path, String agent) {
        audit.record(() -> path + " by " + agent);
    }
}
