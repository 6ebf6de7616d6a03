"""From values to what people look at: pictures, sheets and reports."""
