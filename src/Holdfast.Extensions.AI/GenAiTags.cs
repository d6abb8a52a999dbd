using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>
/// The attributes that OpenTelemetry's conventions for generative AI give a request and its answer. Only for spans
/// that somebody listens to; no text of messages is among them.
/// </summary>
internal static class GenAiTags
{
    public static void Request(Activity span, string operation, ClientDescription client, string? model)
    {
        span.SetTag("gen_ai.operation.name", operation);
        if (client.Provider is { } provider)
            span.SetTag("gen_ai.provider.name", provider);
        if ((model ?? client.Model) is { } asked)
            span.SetTag("gen_ai.request.model", asked);
        if (client.Address is { } address)
            span.SetTag("server.address", address.Host).SetTag("server.port", address.Port);
    }

    public static void Answer(Activity span, ChatResponse answer)
    {
        Answer(span, answer.ResponseId, answer.ModelId, answer.FinishReason);
        Tokens(span, answer.Usage);
    }

    public static void Part(Activity span, ChatResponseUpdate update)
    {
        Answer(span, update.ResponseId, update.ModelId, update.FinishReason);
        foreach (var content in update.Contents)
        {
            if (content is UsageContent usage)
                Tokens(span, usage.Details);
        }
    }

    public static void Tokens(Activity span, UsageDetails? usage)
    {
        if (usage?.InputTokenCount is { } input)
            span.SetTag("gen_ai.usage.input_tokens", input);
        if (usage?.OutputTokenCount is { } output)
            span.SetTag("gen_ai.usage.output_tokens", output);
    }

    private static void Answer(Activity span, string? id, string? model, ChatFinishReason? finish)
    {
        if (id is not null)
            span.SetTag("gen_ai.response.id", id);
        if (model is not null)
            span.SetTag("gen_ai.response.model", model);
        if (finish is { } reason)
            span.SetTag("gen_ai.response.finish_reasons", new[] { reason.Value });
    }
}
