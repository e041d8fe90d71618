package com.acme.checkout;

import com.acme.web.Requests;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

public class CheckoutServlet extends HttpServlet {
    private final Requests requests = new Requests();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
        requests.seen(request.getRequestURI(), request.getHeader("User-Agent"));
    }
}
