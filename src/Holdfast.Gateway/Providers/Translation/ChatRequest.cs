using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <param name="Call">The call.</param>
/// <param name="Model">The provider's model name.</param>
/// <param name="Options">The provider, as it is configured.</param>
/// <param name="Refusals">What becomes of wishes that it cannot fulfil.</param>
internal readonly record struct RequestContext(
    CallRequest Call, string Model, ProviderOptions Options, Refusals Refusals);

/// <summary>Writes a request in a dialect's own format.</summary>
internal delegate void ChatRequestWriter(JsonOutput output, in ChatFields fields, in RequestContext context);

/// <summary>Reads a chat request of OpenAI's for the dialect that writes it anew.</summary>
internal static class ChatRequest
{
    /// <param name="context">The call.</param>
    /// <param name="carried">The fields that the dialect carries over.</param>
    /// <param name="output">Where the request goes.</param>
    /// <param name="write">The dialect.</param>
    /// <exception cref="UnsupportedFieldException">
    /// The provider cannot do what the caller asks; what is in <paramref name="output"/> by then is of no use.
    /// </exception>
    public static void Translate(
        in RequestContext context, ChatFieldSet carried, IBufferWriter<byte> output, ChatRequestWriter write)
    {
        using var tape = new JsonTape(context.Call.Body.Length);
        try
        {
            var body = tape.ReadKnown(context.Call.Body.Span);
            var fields = ChatFields.Read(body, carried, context.Refusals, stackalloc JsonPlace[ChatFields.Count]);
            CheckLimits(fields);
            CheckChoice(fields);
            write(new JsonOutput(output), fields, context);
        }
        catch (JsonException)
        {
            // The face checks JSON, but not how many values it has.
            throw Refusals.TooLarge();
        }
    }

    /// <summary>Two names of one limit may say the same; which of two limits is meant nobody can know.</summary>
    private static void CheckLimits(in ChatFields fields)
    {
        if (fields[ChatField.MaxTokens].TryGetInt64(out var old)
            && fields[ChatField.MaxCompletionTokens].TryGetInt64(out var limit) && old != limit)
        {
            throw Refusals.Invalid("max_completion_tokens", "max_tokens says otherwise, and only one of them can hold");
        }
    }

    /// <summary>A call that must be made cannot be, and providers would be asked as if nothing had been said.</summary>
    private static void CheckChoice(in ChatFields fields)
    {
        var choice = fields[ChatField.ToolChoice];
        var tools = fields[ChatField.Tools];
        if ((tools.IsMissing || tools.IsEmpty) && (choice.IsObject || choice.Says("required"u8)))
        {
            throw Refusals.Invalid("tool_choice", "there are no tools to choose from");
        }
    }
}
