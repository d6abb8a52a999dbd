using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Anthropic;

/// <summary>
/// Answers how many tokens a conversation has: as many as an answer to it says it had. Outages hold for it; failures,
/// which belong to calls, don't.
/// </summary>
internal static class TokenCount
{
    public const string Path = "/v1/messages/count_tokens";

    public static async Task SendAsync(ProviderState state, HttpContext context, TimeProvider time)
    {
        var exchange = new Exchange(state, context, time, null);
        if (state.Plan.OutageAt(time) is { } outage)
        {
            await exchange.ServeOutageAsync(outage.Mode);
            return;
        }

        if (await RequestBody.ReadAsync(context) is not { } body)
        {
            await exchange.SendAsync(Problem.Of(state.Flavour, 413));
            return;
        }

        using (body)
        {
            state.Last.Remember(context.Request, body.Memory.Span);
            await AnswerAsync(exchange, body.Memory);
        }
    }

    private static async Task AnswerAsync(Exchange exchange, ReadOnlyMemory<byte> body)
    {
        if (exchange.Refusal() is { } refusal)
        {
            await exchange.SendAsync(refusal);
        }
        else if (Count(body) is { } tokens)
        {
            using var json = new JsonText();
            json.Raw("{\"input_tokens\":"u8).Number(tokens).Raw("}"u8);
            await exchange.SendBodyAsync(200, "application/json", json.Memory);
        }
        else
        {
            await exchange.SendAsync(
                new Problem(400, "invalid_request_error", null, "messages: at least one message is required"));
        }
    }

    private static long? Count(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("messages", out var messages)
                && messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() > 0
                    ? ConversationReader.Read(
                        messages, root.TryGetProperty("system", out var system) ? system : null).PromptTokens
                    : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is what text that is not UTF-8 ends in.
            return null;
        }
    }
}
