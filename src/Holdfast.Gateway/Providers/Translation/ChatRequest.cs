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
            CheckLimit(fields, ChatField.MaxTokens);
            CheckLimit(fields, ChatField.MaxCompletionTokens);
            CheckChoice(fields);
            write(new JsonOutput(output), fields, context);
        }
        catch (JsonException)
        {
            // The face checks JSON, but not how many values it has.
            throw Refusals.TooLarge();
        }
    }

    /// <summary>Here and not by the provider: to some of them a number below zero means no limit at all.</summary>
    private static void CheckLimit(in ChatFields fields, ChatField limit)
    {
        if (!fields[limit].IsMissing && !(fields[limit].TryGetInt64(out var tokens) && tokens > 0))
        {
            throw Refusals.Invalid(ChatFields.NameOf(limit), "it must be a whole number of at least 1");
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
