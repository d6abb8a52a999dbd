using System.Buffers;
using System.IO.Pipelines;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// Hands a stream on to the caller, event by event, from its commit point to its end or its breaking. What passes
/// through goes on piece by piece in the same way.
/// </summary>
internal static class OpenAiStreamWriter
{
    /// <exception cref="StreamCutException">The stream broke; the error event has been sent.</exception>
    public static async Task WriteAsync(
        HttpContext http, ICallFace face, ICallStream lease, CallsInFlight inFlight)
    {
        var response = http.Response;
        WriteHead(response, lease.Head);
        var output = response.BodyWriter;
        output.Write(lease.Opening.Span);
        lease.ForgetOpening();
        while (true)
        {
            if (output.UnflushedBytes > 0)
            {
                var flush = output.FlushAsync(http.RequestAborted);
                if (flush.IsCompletedSuccessfully)
                {
                    flush.GetAwaiter().GetResult();
                }
                else
                {
                    await WaitForReaderAsync(flush, lease);
                }
            }

            var step = await lease.ReadAsync(output);
            if (step == StreamStep.More)
            {
                continue;
            }

            if (step == StreamStep.Broken && lease.Head is null && !http.RequestAborted.IsCancellationRequested)
            {
                face.WriteCut(output, Cut(lease.Fault!, inFlight.IsEnding), http.TraceIdentifier,
                    lease.NextNumber);
            }

            await output.FlushAsync(http.RequestAborted);
            if (step == StreamStep.Broken)
            {
                throw new StreamCutException();
            }

            return;
        }
    }

    /// <summary>What the caller is told inside the stream.</summary>
    internal static CallError Cut(ProviderFault fault, bool isEnding) => fault.Outcome == Outcome.Cancelled
        ? isEnding
            ? new CallError(503, "service_unavailable", "shutting_down",
                "the gateway is shutting down; the answer above is incomplete")
        : new CallError(504, "timeout_error", "deadline_exceeded",
            "the call's deadline passed; the answer above is incomplete")
        : new CallError(502, "upstream_error", "stream_cut",
            $"the answer above is incomplete: {(fault.Status is null ? fault.Message : "the provider sent an error")}");

    private static void WriteHead(HttpResponse response, AnswerHead? passed)
    {
        response.Headers["x-accel-buffering"] = "no";
        if (passed is null)
        {
            response.ContentType = "text/event-stream; charset=utf-8";
            response.Headers.CacheControl = "no-cache";
            return;
        }

        response.StatusCode = passed.Status;
        response.ContentType = passed.ContentType;
        response.ContentLength = passed.ContentLength;
        // A provider's bytes must not become a page of the gateway's own in a browser.
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox";
    }

    private static async ValueTask WaitForReaderAsync(ValueTask<FlushResult> flush, ICallStream lease)
    {
        // A slow reader must not look like a stalled provider.
        lease.Pause();
        await flush;
        lease.Resume();
    }
}
