using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>Tools and the choice among them.</summary>
internal static class CohereTools
{
    /// <exception cref="UnsupportedFieldException">Cohere cannot call tools so.</exception>
    public static void Write(JsonOutput output, in ChatFields fields, Refusals refusals)
    {
        var choice = ChatToolChoice.Read(
            fields[ChatField.ToolChoice], fields[ChatField.ParallelToolCalls], refusals);
        int count = 0, strict = 0;
        string? place = null;
        var items = new ChatTools(fields[ChatField.Tools], refusals);
        while (items.Next())
        {
            // Cohere cannot be told which one to call, but it can be given that one alone.
            if (choice.Kind == ChatToolChoiceKind.Function && !items.Tool.Name.Raw.SequenceEqual(choice.Name.Raw))
            {
                continue;
            }

            if (count == 0)
            {
                output.BeginArray("tools"u8);
            }

            count++;
            strict += items.Tool.IsStrict ? 1 : 0;
            place ??= items.Tool.IsStrict ? items.Tool.StrictPlace : null;
            items.Tool.Write(output);
        }

        if (count == 0)
        {
            if (choice.Kind == ChatToolChoiceKind.Function)
            {
                throw Refusals.Invalid("tool_choice.function.name", "no tool has this name");
            }

            return;
        }

        output.EndArray();
        if (strict == count)
        {
            output.True("strict_tools"u8);
        }
        else if (place is not null)
        {
            refusals.Option(place, "Cohere keeps to the schemas of all tools or of none");
        }

        if (choice.IsSingle && choice.Kind != ChatToolChoiceKind.None)
        {
            refusals.Option("parallel_tool_calls", "Cohere cannot be kept from several calls at once");
        }

        if (choice.Kind == ChatToolChoiceKind.None || choice.IsForced)
        {
            output.Word("tool_choice"u8, choice.IsForced ? "REQUIRED"u8 : "NONE"u8);
        }
    }
}
