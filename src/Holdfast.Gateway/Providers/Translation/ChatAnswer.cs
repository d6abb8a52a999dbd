using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Reads a whole answer in a dialect's own format and writes OpenAI's.</summary>
/// <exception cref="JsonException">It is not in the provider's format.</exception>
internal delegate PlainAnswer ChatAnswerReader(in AnswerContext context, JsonView answer, PooledBuffer output);

/// <summary>
/// Writes a whole answer as OpenAI's <c>chat.completion</c>. Between <see cref="Begin"/> and <see cref="End"/> the
/// dialect writes the message's members after <c>role</c>: <c>content</c>, <c>refusal</c>, and the rest. One with
/// several choices writes each between <see cref="BeginChoice"/> and <see cref="EndChoice"/>.
/// </summary>
internal static class ChatAnswer
{
    /// <summary>Reads an answer's bytes for the dialect that understands them.</summary>
    public static PlainAnswer Read(
        in AnswerContext context, ReadOnlySpan<byte> body, PooledBuffer output, ChatAnswerReader read)
    {
        if (!Utf8.IsValid(body))
        {
            return Failed("The provider answered with bytes that are not UTF-8.");
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            return read(context, tape.Read(body), output);
        }
        catch (JsonException)
        {
            return Failed("The provider's answer is not in its format.");
        }
    }

    /// <summary>It is no answer.</summary>
    public static PlainAnswer Failed(string message, in Usage usage = default) =>
        new(default, usage, Faults.BadAnswer(message));

    /// <param name="output">The caller's bytes.</param>
    /// <param name="context">The call.</param>
    /// <param name="id">The provider's id of the answer; ours where it is no string.</param>
    /// <param name="model">The provider's name of the model; the one we asked for where it is no string.</param>
    public static void Begin(JsonOutput output, in AnswerContext context, JsonView id, JsonView model)
    {
        BeginChoices(output, context, id, model);
        BeginChoice(output, 0);
    }

    public static void End(JsonOutput output, ReadOnlySpan<byte> finishReason, in Usage usage)
    {
        EndMessage(output);
        output.Null("logprobs"u8);
        EndChoice(output, finishReason);
        EndChoices(output, usage);
    }

    /// <inheritdoc cref="Begin"/>
    public static void BeginChoices(JsonOutput output, in AnswerContext context, JsonView id, JsonView model)
    {
        output.BeginObject();
        WriteHead(output, context, "chat.completion"u8, id, model);
        output.BeginArray("choices"u8);
    }

    public static void BeginChoice(JsonOutput output, int index)
    {
        output.BeginObject();
        output.Number("index"u8, index);
        output.BeginObject("message"u8);
        output.Word("role"u8, "assistant"u8);
    }

    /// <summary>Ends the message of a choice; <c>logprobs</c> come next.</summary>
    public static void EndMessage(JsonOutput output) => output.EndObject();

    public static void EndChoice(JsonOutput output, ReadOnlySpan<byte> finishReason)
    {
        output.Word("finish_reason"u8, finishReason);
        output.EndObject();
    }

    public static void EndChoices(JsonOutput output, in Usage usage)
    {
        output.EndArray();
        WriteUsage(output, usage);
        output.EndObject();
    }

    /// <summary>What an answer and a stream's chunks begin with.</summary>
    public static void WriteHead(
        JsonOutput output, in AnswerContext context, ReadOnlySpan<byte> kind, JsonView id, JsonView model)
    {
        WriteOr(output, "id"u8, id, context.Call.Id);
        output.Word("object"u8, kind);
        output.Number("created"u8, context.Created);
        WriteOr(output, "model"u8, model, context.Model);
    }

    /// <summary>Tokens the way OpenAI tells them.</summary>
    public static void WriteUsage(JsonOutput output, in Usage usage)
    {
        output.BeginObject("usage"u8);
        output.Number("prompt_tokens"u8, usage.Input);
        output.Number("completion_tokens"u8, usage.Output);
        output.Number("total_tokens"u8, usage.Input + usage.Output);

        output.BeginObject("prompt_tokens_details"u8);
        output.Number("cached_tokens"u8, usage.CachedInput);
        output.Number("cache_write_tokens"u8, usage.CacheWrite);
        output.EndObject();

        if (usage.Reasoning > 0)
        {
            output.BeginObject("completion_tokens_details"u8);
            output.Number("reasoning_tokens"u8, usage.Reasoning);
            output.EndObject();
        }

        output.EndObject();
    }

    private static void WriteOr(JsonOutput output, ReadOnlySpan<byte> name, JsonView value, string otherwise)
    {
        if (value.IsString)
        {
            output.Value(name, value);
        }
        else
        {
            output.Text(name, otherwise);
        }
    }
}
