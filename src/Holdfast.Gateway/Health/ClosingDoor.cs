namespace Holdfast.Gateway.Health;

/// <summary>
/// While the node drains, each request's answer closes its connection, so that callers with kept-alive connections go
/// elsewhere too. Answers that were under way before are closed by the listener.
/// </summary>
internal sealed class ClosingDoor(RequestDelegate next, Readiness readiness)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (readiness.IsDraining)
        {
            http.Response.Headers.Connection = "close";
        }

        return next(http);
    }
}
