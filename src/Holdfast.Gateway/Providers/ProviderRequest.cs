using System.Diagnostics;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Continuing;

namespace Holdfast.Gateway.Providers;

/// <summary>Puts a request to a provider together: address, body, headers.</summary>
internal static class ProviderRequest
{
    /// <summary>What providers know the gateway by.</summary>
    public static readonly string UserAgent =
        $"holdfast/{typeof(ProviderRequest).Assembly.GetName().Version?.ToString(3)}";

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <param name="call">The call.</param>
    /// <param name="provider">Where it goes.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="key">The key to use; null without one.</param>
    /// <param name="body">Gets what is to be sent; it must live until that is done.</param>
    /// <param name="span">What the provider is told as its parent in the trace; null while nobody traces.</param>
    /// <exception cref="UnsupportedFieldException">The provider cannot do what is asked.</exception>
    public static HttpRequestMessage Of(
        CallRequest call, Provider provider, string model, ApiKey? key, PooledBuffer body, Activity? span)
    {
        var request = call.Passed is { } passed
            ? Passed(passed, call, provider, model, body)
            : Translated(call, provider, model, body);
        provider.WriteHeaders(call, key, request.Headers);
        request.Headers.TryAddWithoutValidation("accept", call.Passed is { } any ? any.Accept ?? "*/*"
            : call.Stream ? provider.DialectFor(call).Streams.MediaType : "application/json");
        request.Headers.TryAddWithoutValidation("user-agent",
            call.Headers.UserAgent is { } agent ? $"{UserAgent} {agent}" : UserAgent);
        WriteTrace(request.Headers, call, span);
        return request;
    }

    private static HttpRequestMessage Translated(
        CallRequest call, Provider provider, string model, PooledBuffer body)
    {
        var dialect = provider.DialectFor(call);
        if (call.Told is { } told)
        {
            WriteRest(call, told, provider, model, body);
        }
        else
        {
            dialect.WriteBody(call, model, body);
        }

        return new HttpRequestMessage(HttpMethod.Post, dialect.UrlFor(call, model))
        {
            Content = new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = Json } },
        };
    }

    /// <summary>Asks for the rest of an answer that another target began.</summary>
    private static void WriteRest(
        CallRequest call, ToldAnswer told, Provider provider, string model, PooledBuffer body)
    {
        var way = ContinuationWays.Of(provider, model, told.WantsThoughts);
        provider.DialectFor(call).WriteBody(ContinuedRequest.Of(call, told, way), model, body);
        if (way != ContinuationWay.Instruction && ContinuationWays.IsMarked(provider))
        {
            ContinuedRequest.Mark(body);
        }
    }

    /// <summary>The same request again: its body streams, unless it has been read for the model that it has.</summary>
    private static HttpRequestMessage Passed(
        PassedRequest passed, CallRequest call, Provider provider, string model, PooledBuffer body)
    {
        var request = new HttpRequestMessage(passed.Method, provider.UrlOf(passed.Path));
        if (passed.Content is not null)
        {
            request.Content = new PassedContent(passed);
        }
        else if (!call.Body.IsEmpty)
        {
            ModelName.Replace(call, provider.Options.Deployments.GetValueOrDefault(model, model), body);
            request.Content = new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = Json } };
        }

        return request;
    }

    /// <summary>The provider belongs to the attempt's span; without one, to what the caller said.</summary>
    private static void WriteTrace(HttpRequestHeaders headers, CallRequest call, Activity? span)
    {
        if ((span is null ? call.Headers.TraceParent : span.Id) is { } trace)
        {
            headers.TryAddWithoutValidation("traceparent", trace);
        }

        if (span?.TraceStateString is { Length: > 0 } state)
        {
            headers.TryAddWithoutValidation("tracestate", state);
        }
    }
}
